import { PhoneIncoming, PhoneOutgoing } from 'lucide-react'

export function Direction({ of }: { of: 'inbound' | 'outbound' }) {
  const Icon = of === 'inbound' ? PhoneIncoming : PhoneOutgoing
  return <Icon size={16} className={`direction ${of}`} role="img" aria-label={of === 'inbound' ? 'Incoming' : 'Outgoing'} />
}
