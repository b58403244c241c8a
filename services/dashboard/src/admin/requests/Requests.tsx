/* The inbox: who waits for a voice agent, the longest first. */
import { useState } from 'react'
import { Inbox } from 'lucide-react'
import { useLocation } from 'wouter'
import { api } from '@/api/client'
import { Ago } from '@/parts/Ago'
import { Badge, type Tone } from '@/parts/Badge'
import { Button } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { Empty } from '@/parts/Empty'
import { useFilters } from '@/parts/filters'
import { words } from '@/parts/format'
import { Loaded } from '@/parts/Loaded'
import { Page } from '@/parts/Page'
import { Table, type Column } from '@/parts/Table'
import { Tabs } from '@/parts/Tabs'
import { RejectDialog } from './RejectDialog'
import { useApprove } from './useRequests'
import type { ReviewRequest } from './types'

type Shown = 'pending' | 'approved' | 'rejected'
const TONES: Record<Shown, Tone> = { pending: 'warn', approved: 'good', rejected: 'bad' }

export default function Requests() {
  const { values, set } = useFilters('status')
  const status = (values.status as Shown | undefined) ?? 'pending'
  const requests = api.useQuery('get', '/admin/voice-agent-requests', { params: { query: { status } } })
  const [, go] = useLocation()
  const [rejecting, setRejecting] = useState<ReviewRequest | null>(null)
  const approve = useApprove()
  const columns: Column<ReviewRequest>[] = [
    {
      name: 'Agent',
      width: 'minmax(10rem, 3fr)',
      cell: (row) => (
        <span className="cell-two">
          <span className="strong">{row.agent_name}</span>
          <span>{row.company_name || row.agent_email}</span>
        </span>
      ),
    },
    { name: 'E-mail', width: '3fr', wide: true, cell: (row) => row.agent_email },
    { name: 'Asked', width: 'minmax(6rem, 1fr)', cell: (row) => <Ago at={row.requested_at} /> },
    { name: 'State', width: '6rem', wide: true, cell: (row) => <Badge tone={TONES[row.status]}>{words(row.status)}</Badge> },
    {
      name: 'Decide',
      width: status === 'pending' ? '11rem' : '0',
      end: true,
      wide: true,
      cell: (row) =>
        row.status === 'pending' && (
          <span className="row">
            <Button small onClick={() => setRejecting(row)}>
              Reject
            </Button>
            <Button small look="primary" busy={approve.isPending && approve.variables === row.id} onClick={() => approve.mutate(row.id)}>
              Approve
            </Button>
          </span>
        ),
    },
  ]
  return (
    <Page
      title="Requests"
      actions={
        <Tabs
          label="Which requests"
          value={status}
          options={(['pending', 'approved', 'rejected'] as const).map((value) => ({ value, name: words(value) }))}
          onChange={(value) => set({ status: value === 'pending' ? undefined : value })}
        />
      }
    >
      <Card flush>
        <Loaded of={requests}>
          {(rows) =>
            rows.length ? (
              <Table
                label="Requests"
                rows={status === 'pending' ? [...rows].reverse() : rows}
                rowKey={(row) => row.id}
                columns={columns}
                onOpen={(row) => go(`/requests/${row.id}`)}
              />
            ) : (
              <Empty icon={Inbox} title={status === 'pending' ? 'Nobody waits' : `Nothing was ${status}`}>
                {status === 'pending' && 'When an agent asks for a voice agent, the request appears here.'}
              </Empty>
            )
          }
        </Loaded>
      </Card>
      {rejecting && <RejectDialog id={rejecting.id} name={rejecting.agent_name} onClose={() => setRejecting(null)} />}
    </Page>
  )
}
