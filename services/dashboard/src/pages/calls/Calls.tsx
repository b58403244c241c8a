/* All calls: filters as chips, kept in the address; any number of rows by cursor; new calls appear on top. */
import { Download, Phone } from 'lucide-react'
import { useLocation } from 'wouter'
import type { Call, CallStatus } from '@/api/types'
import { Chip, Chips, TextChip } from '@/parts/Chip'
import { Empty } from '@/parts/Empty'
import { useFilters } from '@/parts/filters'
import { plural } from '@/parts/format'
import { List } from '@/parts/List'
import { Page } from '@/parts/Page'
import { useZone } from '@/parts/Time'
import { Button, ButtonLink } from '@/parts/Button'
import { CALL_COLUMNS } from './columns'
import { daysBack, RANGES } from './ranges'
import { useCalls, type CallFilters } from './useCalls'
import { STATUS_OPTIONS } from './words'

const DIRECTIONS = [
  { value: 'inbound', name: 'Incoming' },
  { value: 'outbound', name: 'Outgoing' },
]
const RECORDED = [
  { value: 'true', name: 'With a recording' },
  { value: 'false', name: 'Without a recording' },
]

function useCallFilters() {
  const filters = useFilters('status', 'direction', 'from', 'to', 'number', 'has_recording', 'contact_id', 'batch_id')
  const { status, direction, has_recording, ...rest } = filters.values
  const query: CallFilters = {
    ...rest,
    status: status as CallStatus | undefined,
    direction: direction as Call['direction'] | undefined,
    has_recording: has_recording === undefined ? undefined : has_recording === 'true',
  }
  return { ...filters, query }
}

export default function Calls() {
  const { values, query, set, clear, any } = useCallFilters()
  const calls = useCalls(query)
  const [, go] = useLocation()
  const zone = useZone()
  const range = RANGES.find(({ days }) => values.from === daysBack(days, zone) && !values.to)
  return (
    <Page
      title="Calls"
      lead={calls.total !== undefined && `${calls.exact ? '' : 'More than '}${plural(calls.total, 'call')}${any ? ' that match' : ''}`}
      actions={
        <Button icon={Download} onClick={() => window.location.assign(csvOf(values))}>
          Download as CSV
        </Button>
      }
    >
      <Chips onClear={any ? clear : undefined}>
        <Chip label="Any time" value={range?.name} options={RANGES.map(({ name }) => ({ value: name, name }))} onChange={(name) => set({ from: fromOf(name, zone), to: undefined })} />
        <Chip label="Direction" value={values.direction} options={DIRECTIONS} onChange={(direction) => set({ direction })} />
        <Chip label="Status" value={values.status} options={STATUS_OPTIONS} onChange={(status) => set({ status })} />
        <Chip label="Recording" value={values.has_recording} options={RECORDED} onChange={(has_recording) => set({ has_recording })} />
        <TextChip label="From" type="date" value={values.from} onChange={(from) => set({ from })} />
        <TextChip label="To" type="date" value={values.to} onChange={(to) => set({ to })} />
        <TextChip label="Number contains" value={values.number} onChange={(digits) => set({ number: digits?.replaceAll(/\D/g, '') })} />
        {values.contact_id && <Chip label="Contact" value="one" options={[{ value: 'one', name: 'One contact' }]} onChange={() => set({ contact_id: undefined })} />}
        {values.batch_id && <Chip label="Batch" value="one" options={[{ value: 'one', name: 'One batch' }]} onChange={() => set({ batch_id: undefined })} />}
      </Chips>
      <List label="Calls" of={calls} rowKey={(call) => call.id} columns={CALL_COLUMNS} onOpen={(call) => go(`/calls/${call.id}`)} empty={<NoCalls filtered={any} onClear={clear} />} />
    </Page>
  )
}

const fromOf = (name: string | undefined, zone: string) => {
  const range = RANGES.find((one) => one.name === name)
  return range && daysBack(range.days, zone)
}

function csvOf(values: Record<string, string | undefined>) {
  const query = new URLSearchParams(Object.entries(values).filter((pair): pair is [string, string] => Boolean(pair[1])))
  return `/agent/calls.csv?${query}`
}

function NoCalls({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  if (filtered)
    return (
      <Empty icon={Phone} title="No call matches" action={<Button onClick={onClear}>Clear filters</Button>}>
        Take one of the filters away.
      </Empty>
    )
  return (
    <Empty icon={Phone} title="No calls yet" action={<ButtonLink to="/contacts">Call a contact</ButtonLink>}>
      Ring your number, or have a contact called: it appears here while it happens.
    </Empty>
  )
}
