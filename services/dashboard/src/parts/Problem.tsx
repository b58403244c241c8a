/* What went wrong, why, and what to do about it. */
import { CircleAlert } from 'lucide-react'
import { asApiError, remedyFor } from '@/api/error'
import { Button } from './Button'
import { sentence } from './toasts'
import './Problem.css'

export function Problem({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const problem = asApiError(error)
  return (
    <div className="problem" role="alert">
      <CircleAlert size={18} aria-hidden />
      <div className="grow">
        <p className="strong">{sentence(problem.message)}</p>
        {remedyFor(problem) && <p>{remedyFor(problem)}</p>}
        {problem.requestId && <p className="small mono">Request {problem.requestId}</p>}
      </div>
      {onRetry && (
        <Button small onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  )
}
