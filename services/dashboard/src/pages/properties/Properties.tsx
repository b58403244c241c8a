/* The listings that the voice agent knows. */
import { useState } from 'react'
import { Building2, Plus, Upload } from 'lucide-react'
import { data } from '@/api/change'
import { http } from '@/api/client'
import type { Property } from '@/api/types'
import { Badge, type Tone } from '@/parts/Badge'
import { Button, ButtonLink } from '@/parts/Button'
import { Chip, Chips } from '@/parts/Chip'
import { Empty } from '@/parts/Empty'
import { useFilters } from '@/parts/filters'
import { money, number, plural, words } from '@/parts/format'
import { List } from '@/parts/List'
import { Page } from '@/parts/Page'
import { PAGE_SIZE, usePaged } from '@/parts/paged'
import { Search } from '@/parts/Search'
import type { Column } from '@/parts/Table'
import { PropertyDialog, STATUSES } from './PropertyDialog'

const TONES: Record<Property['status'], Tone> = { available: 'good', 'under offer': 'warn', sold: 'plain', rented: 'plain', withdrawn: 'plain' }

const rooms = ({ bedrooms, bathrooms, area_sqm }: Property) => [bedrooms !== null && `${bedrooms} bed`, bathrooms !== null && `${bathrooms} bath`, area_sqm !== null && `${number(area_sqm)} m²`].filter(Boolean).join(', ')

const COLUMNS: Column<Property>[] = [
  {
    name: 'Address',
    width: 'minmax(10rem, 2fr)',
    cell: (property) => (
      <span className="cell-two">
        <span className="strong">{property.address}</span>
        <span>{[property.city, property.type].filter(Boolean).join(', ')}</span>
      </span>
    ),
  },
  { name: 'Rooms', width: 'minmax(9rem, 1.2fr)', wide: true, cell: rooms },
  { name: 'Price', width: 'minmax(6rem, 1fr)', end: true, cell: (property) => <span className="number">{money(property.price, property.currency)}</span> },
  { name: 'Status', width: 'minmax(7rem, 1fr)', wide: true, cell: (property) => <Badge tone={TONES[property.status]}>{words(property.status)}</Badge> },
]

export default function Properties() {
  const { values, set } = useFilters('q', 'status')
  const [open, setOpen] = useState<Property | 'new' | null>(null)
  const query = { q: values.q, status: values.status as Property['status'] | undefined }
  const properties = usePaged(['get', '/agent/properties', query, 'by page'], (page) => data(http.GET('/agent/properties', { params: { query: { ...query, page, page_size: PAGE_SIZE } } })))
  const filtered = Boolean(values.q || values.status)
  return (
    <Page
      title="Properties"
      lead={properties.total !== undefined && plural(properties.total, 'property', 'properties')}
      actions={
        <>
          <ButtonLink to="/properties/import" icon={Upload}>
            Import
          </ButtonLink>
          <Button look="primary" icon={Plus} onClick={() => setOpen('new')}>
            Add a property
          </Button>
        </>
      }
    >
      <div className="row">
        <Search label="Address or city" value={values.q} onChange={(q) => set({ q })} />
        <Chips>
          <Chip label="Status" value={values.status} options={STATUSES.map((value) => ({ value, name: words(value) }))} onChange={(status) => set({ status })} />
        </Chips>
      </div>
      <List
        label="Properties"
        of={properties}
        rowKey={(property) => property.id}
        columns={COLUMNS}
        onOpen={setOpen}
        empty={
          filtered ? (
            <Empty icon={Building2} title="No property matches" action={<Button onClick={() => set({ q: undefined, status: undefined })}>Show all</Button>} />
          ) : (
            <Empty icon={Building2} title="No properties yet" action={<ButtonLink to="/properties/import" look="primary" icon={Upload}>Import a file</ButtonLink>}>
              The voice agent answers questions about them, and books viewings.
            </Empty>
          )
        }
      />
      {open && <PropertyDialog property={open === 'new' ? undefined : open} onClose={() => setOpen(null)} />}
    </Page>
  )
}
