import { Link } from 'wouter'
import type { Call } from '@/api/types'
import { isOver } from '@/api/live'
import { clock, phone } from '@/parts/format'
import type { Column } from '@/parts/Table'
import { Time } from '@/parts/Time'
import { Direction } from './Direction'
import { PlayInline } from './PlayInline'
import { StatusBadge } from './StatusBadge'
import { otherNumber, otherSide } from './words'
import './calls.css'

export const CALL_COLUMNS: Column<Call>[] = [
  { name: 'Direction', width: '1.25rem', silent: true, cell: (call) => <Direction of={call.direction} /> },
  {
    name: 'With',
    width: 'minmax(9rem, 2fr)',
    cell: (call) => (
      <span className="cell-two">
        <Link href={`/calls/${call.id}`}>{otherSide(call)}</Link>
        {call.contact_name ? <span className="number">{phone(otherNumber(call))}</span> : <span>Not a contact</span>}
      </span>
    ),
    narrow: (call) => (
      <span className="cell-two">
        <Link href={`/calls/${call.id}`}>{otherSide(call)}</Link>
        <span>
          <Time at={call.created_at} />
          {isOver(call) && call.duration_seconds > 0 && `, ${clock(call.duration_seconds)}`}
        </span>
      </span>
    ),
  },
  { name: 'Status', width: 'minmax(6rem, 1fr)', cell: (call) => <StatusBadge status={call.status} reason={call.reason} /> },
  { name: 'When', width: 'minmax(9rem, 1fr)', wide: true, cell: (call) => <Time at={call.created_at} /> },
  {
    name: 'Length',
    width: '4rem',
    end: true,
    wide: true,
    cell: (call) => <span className="number">{isOver(call) && call.duration_seconds > 0 ? clock(call.duration_seconds) : '–'}</span>,
  },
  {
    name: 'Recording',
    width: '5.5rem',
    end: true,
    wide: true,
    cell: (call) => (call.recording?.state === 'ready' ? <PlayInline callId={call.id} name={otherSide(call)} /> : <span className="quiet small">{call.recording?.state === 'processing' ? 'On its way' : ''}</span>),
  },
]
