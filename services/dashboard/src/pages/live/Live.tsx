import { useLiveCalls } from '@/api/live'
import { Page } from '@/parts/Page'

export default function Live() {
  const calls = useLiveCalls()
  return (
    <Page title="Live">
      <ul>
        {calls.map(({ call, turns }) => (
          <li key={call.id}>
            {call.status}: {turns.at(-1)?.text}
          </li>
        ))}
      </ul>
    </Page>
  )
}
