/* What the assistant did: in a few words, and opened, exactly. */
import { CalendarCheck, CalendarSearch, CalendarX, House, MessageSquare, PhoneForwarded, PhoneOff, Search, Wrench, type LucideIcon } from 'lucide-react'
import { words } from '@/parts/format'
import type { ToolUse } from './lines'

const TOOLS: Record<string, { icon: LucideIcon; name: string }> = {
  search_properties: { icon: Search, name: 'Looked for properties' },
  property_details: { icon: House, name: 'Looked at a property' },
  free_viewing_slots: { icon: CalendarSearch, name: 'Looked for free hours' },
  list_viewings: { icon: CalendarSearch, name: 'Looked up viewings' },
  schedule_viewing: { icon: CalendarCheck, name: 'Viewing' },
  reschedule_viewing: { icon: CalendarCheck, name: 'Moved a viewing' },
  cancel_viewing: { icon: CalendarX, name: 'Cancelled a viewing' },
  take_message: { icon: MessageSquare, name: 'Took a message' },
  transfer_to_agent: { icon: PhoneForwarded, name: 'Put the caller through' },
  opt_out: { icon: PhoneOff, name: 'Will not call again' },
  end_call: { icon: PhoneOff, name: 'Ended the call' },
}

const plain = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value))

/* Its result in a few words, where its shape is known. */
export function gist({ result }: ToolUse): string {
  if (Array.isArray(result.properties)) return (result.properties as { address?: string }[]).map((p) => p.address).join(', ') || 'None fits'
  const viewing = (result.viewing ?? result.read_back) as { when?: string; address?: string } | undefined
  if (viewing?.when) return `${result.done ? 'Booked' : 'Read back'}: ${viewing.address}, ${viewing.when}`
  return typeof result.error === 'string' ? result.error : ''
}

export const toolName = (name: string) => TOOLS[name]?.name ?? words(name)

export function ToolCard({ tool }: { tool: ToolUse }) {
  const Icon = TOOLS[tool.name]?.icon ?? Wrench
  return (
    <details className="tool">
      <summary>
        <Icon size={16} aria-hidden />
        <span className="strong">{toolName(tool.name)}</span>
        <span className="quiet one-line">{gist(tool)}</span>
      </summary>
      <dl className="tool-arguments">
        {Object.entries(tool.arguments).map(([key, value]) => (
          <div key={key}>
            <dt>{words(key)}</dt>
            <dd>{plain(value)}</dd>
          </div>
        ))}
      </dl>
      <pre className="small">{JSON.stringify(tool.result, null, 2)}</pre>
    </details>
  )
}
