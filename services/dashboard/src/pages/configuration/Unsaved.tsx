import { Button } from '@/parts/Button'
import { LABELS, type Values } from './values'

interface Props {
  changed: (keyof Values)[]
  busy: boolean
  onSave: () => void
  onDiscard: () => void
}

/* Stays in sight while something is not saved, and says what. */
export function Unsaved({ changed, busy, onSave, onDiscard }: Props) {
  const what = [...new Set(changed.map((name) => LABELS[name]))].join(', ')
  return (
    <div className="unsaved" role="region" aria-label="Unsaved changes">
      <span className="unsaved-dot" aria-hidden />
      <span className="grow">
        <strong>Not saved:</strong> {what}
      </span>
      <Button onClick={onDiscard}>Discard</Button>
      <Button look="primary" busy={busy} onClick={onSave}>
        Save
      </Button>
    </div>
  )
}
