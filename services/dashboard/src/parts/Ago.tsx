import { useNow } from './now'
import { Time } from './Time'
import { span } from './format'

/* How long ago, within a day; the time beyond. */
export function Ago({ at }: { at: string }) {
  const seconds = (useNow(10_000) - Date.parse(at)) / 1000
  if (seconds > 86_400) return <Time at={at} />
  return (
    <time dateTime={at} title={`${at.slice(0, 19).replace('T', ' ')} UTC`} className="number">
      {seconds < 30 ? 'just now' : `${span(seconds)} ago`}
    </time>
  )
}
