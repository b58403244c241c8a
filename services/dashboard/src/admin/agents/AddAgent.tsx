import { useLocation } from 'wouter'
import { data, useChange } from '@/api/change'
import { http } from '@/api/client'
import { TextField } from '@/parts/Field'
import { useForm } from '@/parts/form'
import { FormDialog } from '@/parts/FormDialog'
import type { NewAccount } from './types'

const EMPTY = { name: '', company_name: '', email: '', password: '', phone: '', country: 'US', area_code: '', timezone: '' }

/* What was left empty is not sent: then it follows from the rest. */
const filled = (values: typeof EMPTY) => Object.fromEntries(Object.entries(values).filter(([name, value]) => value || name === 'company_name')) as unknown as NewAccount

export function AddAgent({ onClose }: { onClose: () => void }) {
  const [, go] = useLocation()
  const add = useChange((body: NewAccount, key) => data(http.POST('/admin/agents', { body, params: { header: { 'Idempotency-Key': key } } })), {
    stale: ['/admin/agents'],
    done: 'The account is open: tell the agent the password',
    onDone: (account) => go(`/agents/${account.id}`),
    shown: true,
  })
  const form = useForm(EMPTY, add.error)
  return (
    <FormDialog title="Add an agent" act="Open the account" busy={add.isPending} problem={form.rest(...Object.keys(EMPTY))} onSubmit={() => add.mutate(filled(form.values))} onClose={onClose}>
      <TextField label="Name" required autoComplete="off" {...form.field('name')} />
      <TextField label="Company" {...form.field('company_name')} />
      <TextField label="E-mail" type="email" required autoComplete="off" {...form.field('email')} />
      <TextField label="First password" type="password" required autoComplete="new-password" hint="At least 10 characters." {...form.field('password')} />
      <TextField label="Telephone" type="tel" hint="Callers who ask for the agent are put through to it." {...form.field('phone')} />
      <div className="fields">
        <TextField label="Country" maxLength={2} {...form.field('country')} />
        <TextField label="Area code" inputMode="numeric" hint="Near which a number is bought." {...form.field('area_code')} />
      </div>
      <TextField label="Time zone" placeholder="America/New_York" hint="Left empty, it follows from the area code." {...form.field('timezone')} />
    </FormDialog>
  )
}
