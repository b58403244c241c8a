import type { CallStatus } from '@/api/types'
import { Badge } from '@/parts/Badge'
import { reasonText, STATUS } from './words'

export function StatusBadge({ status, reason }: { status: CallStatus; reason?: string | null }) {
  const { name, tone } = STATUS[status]
  return (
    <Badge tone={tone} dot={status === 'in-progress'} title={reason ? reasonText(reason) : undefined}>
      {name}
    </Badge>
  )
}
