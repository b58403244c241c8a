/*
 * The one way to the API. Types come from proto/openapi.yaml; a refusal is thrown as an ApiError.
 *
 *   const calls = api.useQuery('get', '/agent/calls', { params: { query: { status: 'completed' } } })
 *   const add = useChange((body: NewContact) => data(http.POST('/agent/contacts', { body })), { stale: ['/agent/contacts'] })
 */
import createFetchClient from 'openapi-fetch'
import createQueryClient from 'openapi-react-query'
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import type { paths } from '@gen/schema'
import { ApiError, errorOf } from './error'

export type { paths }

export const http = createFetchClient<paths>({ baseUrl: window.location.origin, credentials: 'same-origin' })

http.use({
  onResponse: async ({ response }) => {
    if (!response.ok) throw await errorOf(response)
  },
  onError: ({ error }) => {
    if (error instanceof ApiError) return error
    return new ApiError(0, 'unreachable', 'The server cannot be reached. Is your connection up?')
  },
})

export const api = createQueryClient(http)

const worthAnotherTry = (error: unknown) =>
  error instanceof ApiError && (error.status === 0 || error.status === 503 || error.status === 504)

export const SESSION = ['session']

/* The session has ended: the sign-in page takes over. */
function noticeEnd(error: unknown) {
  if (error instanceof ApiError && error.status === 401) queries.setQueryData(SESSION, null)
}

export const queries = new QueryClient({
  queryCache: new QueryCache({ onError: noticeEnd }),
  mutationCache: new MutationCache({ onError: noticeEnd }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) => failures < 2 && worthAnotherTry(error),
    },
  },
})

/* What depends on these paths is read again. */
export async function markStale(...stale: string[]) {
  await queries.invalidateQueries({
    predicate: (query) => stale.some((path) => String(query.queryKey[1] ?? '').startsWith(path)),
  })
}

/* New for every wish, so that a request may be sent again: for the header Idempotency-Key. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
