import { Suspense } from 'react'
import { Redirect, Route, Switch } from 'wouter'
import { Skeleton } from '@/parts/Skeleton'
import type { Screen } from './screens'

/*
 * The screen of this address; an address that has none leads to the first one. Each waits for itself: around all of
 * them, the one that was left would live on, hidden, until the next has come.
 */
export function Routes({ screens }: { screens: Screen[] }) {
  return (
    <Switch>
      {screens.map(({ path, page: Page }) => (
        <Route key={path} path={path}>
          <Suspense fallback={<Skeleton lines={6} />}>
            <Page />
          </Suspense>
        </Route>
      ))}
      <Route>
        <Redirect to={screens[0]!.path} replace />
      </Route>
    </Switch>
  )
}
