/* Who is signed in decides what there is. Everything lives below /app, so that no page shares an address with the API. */
import { QueryClientProvider } from '@tanstack/react-query'
import { Redirect, Route, Router, Switch } from 'wouter'
import { queries } from '@/api/client'
import { useSession } from '@/api/session'
import { AdminHome } from '@/admin/AdminHome'
import { Problem } from '@/parts/Problem'
import { HERE, Zone } from '@/parts/Time'
import { Toasts } from '@/parts/toasts'
import { AgentHome } from './AgentHome'
import { SignIn } from './SignIn'

export const BASE = '/app'

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <Switch>
        <Route path="/">
          <Redirect to={`${BASE}/`} replace />
        </Route>
        <Route>
          <Router base={BASE}>
            <Gate />
          </Router>
        </Route>
      </Switch>
      <Toasts />
    </QueryClientProvider>
  )
}

function Gate() {
  const session = useSession()
  if (session.isPending) return null
  if (session.error) return <Problem error={session.error} onRetry={() => void session.refetch()} />
  if (!session.data) return <SignIn />
  return <Zone value={session.data.timezone ?? HERE}>{session.data.role === 'admin' ? <AdminHome /> : <AgentHome />}</Zone>
}
