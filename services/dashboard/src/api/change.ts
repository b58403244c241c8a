/*
 * A write, as pages do it: what it makes stale is read again, a toast says that it is done, and a failure
 * that no field shows is told too.
 */
import type { ReactNode } from 'react'
import { markStale, newKey } from './client'
import { asApiError, type ApiError } from './error'
import { useMutation } from '@tanstack/react-query'
import { toast, toastError } from '@/parts/toasts'

interface Options<Out> {
  stale?: string[]
  done?: ReactNode | ((out: Out) => ReactNode)
  onDone?: (out: Out) => void
  /* The form shows the failure itself. */
  shown?: boolean
}

/* Until what the change takes from the screen has left it: that is not read again. */
const gone = () => new Promise((done) => setTimeout(done))

export function useChange<In, Out>(act: (input: In, key: string) => Promise<Out>, options: Options<Out> = {}) {
  return useMutation<Out, ApiError, In>({
    mutationFn: (input) => act(input, newKey()),
    onSuccess: async (out) => {
      const { done } = options
      if (done) toast(typeof done === 'function' ? done(out) : done)
      options.onDone?.(out)
      await gone()
      await markStale(...(options.stale ?? []))
    },
    onError: (error) => {
      if (!options.shown) toastError(asApiError(error))
    },
  })
}

/* The data of an answer that is known to be one: a refusal has been thrown before (client.ts). */
export async function data<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T
}
