/* A dialog that is a form: what was refused on top, what is done with it at its foot. */
import { useId, type FormEvent, type ReactNode } from 'react'
import { Button } from './Button'
import { Dialog } from './Dialog'
import { Problem } from './Problem'

interface Props {
  title: string
  /* What the button says that sends it. */
  act: string
  busy: boolean
  disabled?: boolean
  /* A refusal that belongs to no field. */
  problem?: unknown
  /* What else can be done, apart from the rest. */
  aside?: ReactNode
  onSubmit: () => void
  onClose: () => void
  children: ReactNode
}

export function FormDialog({ title, act, busy, disabled, problem, aside, onSubmit, onClose, children }: Props) {
  const id = useId()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit()
  }
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          {aside && <span className="grow">{aside}</span>}
          <Button onClick={onClose}>Not now</Button>
          <Button type="submit" form={id} look="primary" busy={busy} disabled={disabled}>
            {act}
          </Button>
        </>
      }
    >
      <form id={id} className="stack" onSubmit={submit}>
        {Boolean(problem) && <Problem error={problem} />}
        {children}
      </form>
    </Dialog>
  )
}
