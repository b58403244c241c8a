import { api, http } from '@/api/client'
import { data, useChange } from '@/api/change'
import { Button } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { Loaded } from '@/parts/Loaded'
import { Page } from '@/parts/Page'
import { Table } from '@/parts/Table'
import { Time } from '@/parts/Time'

export default function Requests() {
  const requests = api.useQuery('get', '/admin/voice-agent-requests')
  const approve = useChange((id: string) => data(http.POST('/admin/voice-agent-requests/{request_id}/approve', { params: { path: { request_id: id } } })), {
    stale: ['/admin/voice-agent-requests'],
    done: 'Approved',
  })
  return (
    <Page title="Requests">
      <Card flush>
        <Loaded of={requests}>
          {(rows) => (
            <Table
              label="Requests"
              rows={rows}
              rowKey={(row) => row.id}
              columns={[
                { name: 'Agent', width: '2fr', cell: (row) => row.agent_name },
                { name: 'Asked', width: '1fr', cell: (row) => <Time at={row.requested_at} /> },
                { name: 'State', width: '1fr', cell: (row) => row.status },
                {
                  name: '',
                  width: '7rem',
                  cell: (row) =>
                    row.status === 'pending' && (
                      <Button small look="primary" busy={approve.isPending} onClick={() => approve.mutate(row.id)}>
                        Approve
                      </Button>
                    ),
                },
              ]}
            />
          )}
        </Loaded>
      </Card>
    </Page>
  )
}
