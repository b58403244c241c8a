import { api } from '@/api/client'
import { Card } from '@/parts/Card'
import { Loaded } from '@/parts/Loaded'
import { Page } from '@/parts/Page'
import { phone } from '@/parts/format'

export default function Home() {
  const status = api.useQuery('get', '/agent/voice-agent')
  return (
    <Page title="Home">
      <Card title="Your voice agent">
        <Loaded of={status}>
          {(agent) => (
            <p>
              {agent.name} answers {agent.phone_number && phone(agent.phone_number)}: {agent.status}
            </p>
          )}
        </Loaded>
      </Card>
    </Page>
  )
}
