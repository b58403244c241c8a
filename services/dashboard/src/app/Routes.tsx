import { Redirect, Route, Switch } from 'wouter'
import type { Screen } from './screens'

/* The screen of this address; an address that has none leads to the first one. */
export function Routes({ screens }: { screens: Screen[] }) {
  return (
    <Switch>
      {screens.map(({ path, page: Page }) => (
        <Route key={path} path={path}>
          <Page />
        </Route>
      ))}
      <Route>
        <Redirect to={screens[0]!.path} replace />
      </Route>
    </Switch>
  )
}
