/* A new property, or one that changes. */
import { useState } from 'react'
import { data, useChange } from '@/api/change'
import { http } from '@/api/client'
import type { Property } from '@/api/types'
import { Button } from '@/parts/Button'
import { Confirm } from '@/parts/Dialog'
import { Select, TextArea, TextField } from '@/parts/Field'
import { useForm } from '@/parts/form'
import { FormDialog } from '@/parts/FormDialog'
import { words } from '@/parts/format'

export const STATUSES: Property['status'][] = ['available', 'under offer', 'sold', 'rented', 'withdrawn']
const CURRENCIES = ['USD', 'CAD', 'EUR', 'GBP', 'CHF', 'AUD', 'NZD', 'MXN'] as const

const text = (n: number | null | undefined) => (n === null || n === undefined ? '' : String(n))
const count = (typed: string) => (typed.trim() === '' ? null : Number(typed))

const valuesOf = (property?: Property) => ({
  address: property?.address ?? '',
  city: property?.city ?? '',
  type: property?.type ?? 'house',
  status: property?.status ?? ('available' as Property['status']),
  price: text(property?.price),
  currency: (property?.currency ?? 'USD') as (typeof CURRENCIES)[number],
  bedrooms: text(property?.bedrooms),
  bathrooms: text(property?.bathrooms),
  area_sqm: text(property?.area_sqm),
  description: property?.description ?? '',
})

export function PropertyDialog({ property, onClose }: { property?: Property; onClose: () => void }) {
  const [deleting, setDeleting] = useState(false)
  const save = useChange(
    (v: ReturnType<typeof valuesOf>, key) => {
      const body = { address: v.address, city: v.city, status: v.status, currency: v.currency, description: v.description, price: Number(v.price), bedrooms: count(v.bedrooms), bathrooms: count(v.bathrooms), area_sqm: count(v.area_sqm), type: v.type || undefined }
      return property ? data(http.PATCH('/agent/properties/{property_id}', { params: { path: { property_id: property.id } }, body })) : data(http.POST('/agent/properties', { body, params: { header: { 'Idempotency-Key': key } } }))
    },
    { stale: ['/agent/properties'], done: property ? 'Saved' : 'Property added', shown: true, onDone: onClose },
  )
  const remove = useChange(() => data(http.DELETE('/agent/properties/{property_id}', { params: { path: { property_id: property!.id } } })), { stale: ['/agent/properties'], done: 'Deleted', onDone: onClose })
  const form = useForm(valuesOf(property), save.error)
  const rest = form.rest(...Object.keys(form.values))
  if (deleting)
    return (
      <Confirm title={`Delete ${property!.address}?`} confirm="Delete" danger busy={remove.isPending} onConfirm={() => remove.mutate(undefined)} onClose={() => setDeleting(false)}>
        The voice agent no longer speaks of it. A property with booked viewings stays.
      </Confirm>
    )
  return (
    <FormDialog
      title={property?.address ?? 'Add a property'}
      act={property ? 'Save' : 'Add'}
      busy={save.isPending}
      problem={rest}
      aside={
        property && (
          <Button look="danger" onClick={() => setDeleting(true)}>
            Delete
          </Button>
        )
      }
      onSubmit={() => save.mutate(form.values)}
      onClose={onClose}
    >
      <div className="fields">
        <div className="whole">
          <TextField label="Address" required autoFocus {...form.field('address')} />
        </div>
        <TextField label="City" {...form.field('city')} />
        <TextField label="Kind" placeholder="house, apartment, loft" {...form.field('type')} />
        <TextField label="Price" type="number" min={0} required {...form.field('price')} />
        <Select label="Currency" {...form.field('currency')}>
          {CURRENCIES.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </Select>
        <TextField label="Bedrooms" type="number" min={0} {...form.field('bedrooms')} />
        <TextField label="Bathrooms" type="number" min={0} {...form.field('bathrooms')} />
        <TextField label="Area in m²" type="number" min={0} {...form.field('area_sqm')} />
        <Select label="Status" {...form.field('status')}>
          {STATUSES.map((one) => (
            <option key={one} value={one}>
              {words(one)}
            </option>
          ))}
        </Select>
        <div className="whole">
          <TextArea label="Description" hint="In the words in which it should be told." {...form.field('description')} />
        </div>
      </div>
    </FormDialog>
  )
}
