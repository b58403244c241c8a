import { Copy } from '@/parts/Copy'
import { Dialog } from '@/parts/Dialog'
import './webhooks.css'

/* Shown this once. */
export function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Dialog title="The secret" onClose={onClose}>
      <div className="stack">
        <p>
          Keep it now: it is shown this once. With it your system checks the header <code>webhook-signature</code> (Standard Webhooks), so that nobody else can post to it.
        </p>
        <div className="row secret">
          <code className="grow">{secret}</code>
          <Copy text={secret} what="the secret" />
        </div>
      </div>
    </Dialog>
  )
}
