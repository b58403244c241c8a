import { Dialog } from '@/parts/Dialog'
import { Talk } from './Talk'

export function TalkDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Talk with your voice agent" onClose={onClose}>
      <Talk />
    </Dialog>
  )
}
