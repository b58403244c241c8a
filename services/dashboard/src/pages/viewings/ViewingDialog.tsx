/* Books an hour, or changes one that is booked. */
import { data, useChange } from '@/api/change'
import { api, http } from '@/api/client'
import type { Viewing } from '@/api/types'
import { Select, TextField } from '@/parts/Field'
import { useForm } from '@/parts/form'
import { FormDialog } from '@/parts/FormDialog'
import { useZone } from '@/parts/Time'
import { momentOf } from './zoned'

const valuesOf = (viewing?: Viewing) => ({
  property_id: viewing?.property_id ?? '',
  local_start: viewing?.local_start.slice(0, 16) ?? '',
  visitor_name: viewing?.visitor_name ?? '',
  visitor_number: viewing?.visitor_number ?? '',
})

export function ViewingDialog({ viewing, onClose }: { viewing?: Viewing; onClose: () => void }) {
  const zone = useZone()
  const properties = api.useQuery('get', '/agent/properties', { params: { query: { page_size: 100 } } })
  const save = useChange(
    ({ property_id, local_start, visitor_name, visitor_number }: ReturnType<typeof valuesOf>, key) => {
      const body = { starts_at: momentOf(local_start, zone), visitor_name, visitor_number: visitor_number || undefined }
      return viewing ? data(http.PATCH('/agent/viewings/{viewing_id}', { params: { path: { viewing_id: viewing.id } }, body })) : data(http.POST('/agent/viewings', { body: { ...body, property_id }, params: { header: { 'Idempotency-Key': key } } }))
    },
    { stale: ['/agent/viewings'], done: viewing ? 'Changed' : 'Booked', shown: true, onDone: onClose },
  )
  const form = useForm(valuesOf(viewing), save.error)
  const rest = form.rest('property_id', 'starts_at', 'visitor_name', 'visitor_number')
  return (
    <FormDialog title={viewing ? 'Change the viewing' : 'Book a viewing'} act={viewing ? 'Save' : 'Book'} busy={save.isPending} problem={rest} onSubmit={() => save.mutate(form.values)} onClose={onClose}>
      <Select label="Property" required disabled={Boolean(viewing)} {...form.field('property_id')}>
        <option value="">Choose one</option>
        {(properties.data?.items ?? []).map((property) => (
          <option key={property.id} value={property.id}>
            {property.address}
          </option>
        ))}
      </Select>
      <TextField label="Begins" type="datetime-local" required step={900} hint={`An hour, between 9:00 and 17:00, ${zone} time.`} {...form.field('local_start')} error={form.errorOf('starts_at')} />
      <div className="fields">
        <TextField label="Visitor" required {...form.field('visitor_name')} />
        <TextField label="Their number" type="tel" {...form.field('visitor_number')} />
      </div>
    </FormDialog>
  )
}
