/* A new contact, or one that changes. */
import { data, useChange } from '@/api/change'
import { http } from '@/api/client'
import type { Contact } from '@/api/types'
import { Check, TextArea, TextField } from '@/parts/Field'
import { useForm } from '@/parts/form'
import { FormDialog } from '@/parts/FormDialog'

const ZONES = Intl.supportedValuesOf('timeZone')

/* An empty field is none. */
const orNull = (text: string) => text.trim() || null

const valuesOf = (contact?: Contact) => ({
  name: contact?.name ?? '',
  phone_number: contact?.phone_number ?? '',
  email: contact?.email ?? '',
  timezone: contact?.timezone ?? '',
  notes: contact?.notes ?? '',
  consent: contact?.consent !== 'refused',
})

export function ContactDialog({ contact, onClose }: { contact?: Contact; onClose: () => void }) {
  const save = useChange(
    (v: ReturnType<typeof valuesOf>, key) => {
      const body = { name: v.name, phone_number: v.phone_number, email: orNull(v.email), timezone: orNull(v.timezone), notes: v.notes, consent: v.consent }
      return contact ? data(http.PATCH('/agent/contacts/{contact_id}', { params: { path: { contact_id: contact.id } }, body })) : data(http.POST('/agent/contacts', { body, params: { header: { 'Idempotency-Key': key } } }))
    },
    { stale: ['/agent/contacts'], done: contact ? 'Saved' : 'Contact added', shown: true, onDone: onClose },
  )
  const form = useForm(valuesOf(contact), save.error)
  const rest = form.rest('name', 'phone_number', 'email', 'timezone', 'notes')
  return (
    <FormDialog title={contact ? contact.name : 'Add a contact'} act={contact ? 'Save' : 'Add'} busy={save.isPending} problem={rest} onSubmit={() => save.mutate(form.values)} onClose={onClose}>
      <div className="fields">
        <TextField label="Name" required autoFocus {...form.field('name')} />
        <TextField label="Number" type="tel" required placeholder="+1 202 555 0101" {...form.field('phone_number')} />
        <TextField label="E-mail" type="email" {...form.field('email')} />
        <TextField label="Time zone" list="zones" placeholder="From the number" hint="Decides when it may be called." {...form.field('timezone')} />
        <div className="whole">
          <TextArea label="Notes" rows={3} hint="The voice agent reads them before it talks." {...form.field('notes')} />
        </div>
        <div className="whole">
          <Check label="Has agreed to be called" hint="You attest it; it is kept with your name and the time. Without it nobody is called." {...form.check('consent')} />
        </div>
      </div>
      <datalist id="zones">
        {ZONES.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </FormDialog>
  )
}
