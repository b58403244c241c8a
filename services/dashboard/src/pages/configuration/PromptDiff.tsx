import { diffWordsWithSpace } from 'diff'

/* The default with what was taken out and what was put in. */
export default function PromptDiff({ before, after }: { before: string; after: string }) {
  return (
    <pre className="diff small" tabIndex={0} role="region" aria-label="Differences from the default">
      {diffWordsWithSpace(before, after).map((part, i) => (part.added ? <ins key={i}>{part.value}</ins> : part.removed ? <del key={i}>{part.value}</del> : part.value))}
    </pre>
  )
}
