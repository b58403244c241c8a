/* What an agent wants to know first: does it answer, how is today, who needs me. */
import { api } from '@/api/client'
import { ApiError } from '@/api/error'
import { useAccount } from '@/api/session'
import { Loaded } from '@/parts/Loaded'
import { Page } from '@/parts/Page'
import { RequestStepper } from '../request/RequestStepper'
import { DialingNotice } from './DialingNotice'
import { NeedsYou } from './NeedsYou'
import { StatusCard } from './StatusCard'
import { Today } from './Today'
import { Recent } from './Recent'

export default function Home() {
  const account = useAccount()
  const agent = api.useQuery('get', '/agent/voice-agent')
  const none = agent.error instanceof ApiError && agent.error.status === 404
  return (
    <Page title={`Hello, ${account.name.split(' ')[0]}`}>
      {none || agent.data?.status === 'pending_setup' ? (
        <RequestStepper />
      ) : (
        <Loaded of={agent}>
          {(voiceAgent) => (
            <>
              <DialingNotice />
              <StatusCard agent={voiceAgent} />
              <Today />
              <div className="two-columns even">
                <NeedsYou />
                <Recent />
              </div>
            </>
          )}
        </Loaded>
      )}
    </Page>
  )
}
