/* Messages that nobody could work on: back once the cause is mended, or away. What is in them is not shown. */
import { useState } from 'react'
import { data, useChange } from '@/api/change'
import { api, http } from '@/api/client'
import { Ago } from '@/parts/Ago'
import { Button } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { Confirm } from '@/parts/Dialog'
import { Loaded } from '@/parts/Loaded'
import { Table } from '@/parts/Table'

const STALE = ['/admin/dead-letters', '/admin/system']
const at = (id: string) => ({ params: { path: { letter_id: id } } })

export function DeadLetters() {
  const letters = api.useQuery('get', '/admin/dead-letters', {}, { refetchInterval: 10_000 })
  const [dropping, setDropping] = useState<string | null>(null)
  const replay = useChange((id: string) => data(http.POST('/admin/dead-letters/{letter_id}/replay', at(id))), { stale: STALE, done: (sent) => `Sent back to ${sent.queue}` })
  const drop = useChange((id: string) => data(http.POST('/admin/dead-letters/{letter_id}/drop', at(id))), { stale: STALE, done: 'Dropped', onDone: () => setDropping(null) })
  return (
    <Card flush title="Dead letters">
      <Loaded of={letters}>
        {({ items, total }) => (
          <Table
            label="Dead letters"
            rows={items}
            total={total}
            rowKey={(row) => row.id}
            columns={[
              {
                name: 'Message',
                width: 'minmax(6rem, 2fr)',
                cell: (row) => (
                  <span className="cell-two">
                    <span className="strong">{row.type}</span>
                    <span>{row.reason}</span>
                  </span>
                ),
              },
              { name: 'Was in', width: '1fr', wide: true, cell: (row) => row.queue },
              { name: 'Tries', width: '3.5rem', end: true, wide: true, cell: (row) => <span className="number">{row.tries}</span> },
              { name: 'Age', width: '7rem', wide: true, cell: (row) => (row.made_at ? <Ago at={row.made_at} /> : <span className="quiet">–</span>) },
              {
                name: 'Decide',
                width: '12rem',
                end: true,
                cell: (row) => (
                  <span className="row">
                    <Button small busy={replay.isPending && replay.variables === row.id} onClick={() => replay.mutate(row.id)}>
                      Send back
                    </Button>
                    <Button small look="danger" onClick={() => setDropping(row.id)}>
                      Drop…
                    </Button>
                  </span>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      {dropping && (
        <Confirm title="Drop this message?" confirm="Drop it" danger busy={drop.isPending} onConfirm={() => drop.mutate(dropping)} onClose={() => setDropping(null)}>
          <p>It is gone for ever, and what it should have done is not done.</p>
        </Confirm>
      )}
    </Card>
  )
}
