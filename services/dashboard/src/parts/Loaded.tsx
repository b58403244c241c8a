/* Skeleton, problem, or what the query brought: <Loaded of={query}>{(data) => ...}</Loaded> */
import type { ReactNode } from 'react'
import type { UseQueryResult } from '@tanstack/react-query'
import { Problem } from './Problem'
import { Skeleton } from './Skeleton'

interface Props<T> {
  of: Pick<UseQueryResult<T, unknown>, 'data' | 'error' | 'refetch'>
  lines?: number
  children: (data: T) => ReactNode
}

export function Loaded<T>({ of, lines, children }: Props<T>) {
  if (of.data !== undefined) return <>{children(of.data)}</>
  if (of.error) return <Problem error={of.error} onRetry={() => void of.refetch()} />
  return <Skeleton lines={lines} />
}
