import { Link } from 'wouter'
import type { Call } from '@/api/types'
import { Card } from '@/parts/Card'
import { Copy } from '@/parts/Copy'
import { Facts } from '@/parts/Facts'
import { clock, phone } from '@/parts/format'
import { Time } from '@/parts/Time'
import { ANSWERED_BY, reasonText } from '../calls/words'

export function CallFacts({ call }: { call: Call }) {
  return (
    <Card title="The call">
      <Facts
        of={[
          ['From', <span className="number">{phone(call.from_number)}</span>],
          ['To', <span className="number">{phone(call.to_number)}</span>],
          ['Contact', call.contact_id && <Link href={`/contacts/${call.contact_id}`}>{call.contact_name}</Link>],
          ['Batch', call.batch_id && <Link href={`/batches/${call.batch_id}`}>Part of a batch</Link>],
          ['Began', <Time at={call.started_at ?? call.created_at} form="long" />],
          ['Answered', call.answered_at && <Time at={call.answered_at} form="second" />],
          ['Answered by', call.answered_by && (ANSWERED_BY[call.answered_by] ?? call.answered_by)],
          ['Ended', call.ended_at && <Time at={call.ended_at} form="second" />],
          ['Length', call.duration_seconds > 0 && <span className="number">{clock(call.duration_seconds)}</span>],
          ['Reason', call.reason && reasonText(call.reason)],
          ['Network’s error', call.error_code],
          [
            'Id',
            <span className="with-copy">
              <code className="one-line">{call.id}</code>
              <Copy text={call.id} what="the call’s id" />
            </span>,
          ],
        ]}
      />
    </Card>
  )
}
