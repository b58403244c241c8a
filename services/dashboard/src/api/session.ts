import { useQuery } from '@tanstack/react-query'
import { http, queries, SESSION } from './client'
import { ApiError } from './error'
import { data } from './change'
import type { Session } from './types'

/* null: nobody is signed in. */
export function useSession() {
  return useQuery<Session | null>({
    queryKey: SESSION,
    queryFn: async () => {
      try {
        return await data(http.GET('/auth/me'))
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null
        throw error
      }
    },
    staleTime: Infinity,
  })
}

/* Below the gate of App.tsx somebody always is. */
export function useAccount(): Session {
  return useSession().data!
}

export async function signIn(email: string, password: string) {
  queries.setQueryData(SESSION, await data(http.POST('/auth/login', { body: { email, password } })))
}

export async function signOut() {
  await http.POST('/auth/logout').catch(() => undefined)
  forget()
}

/* The server no longer knows the session: what was read belongs to nobody on this screen. */
export function forget() {
  queries.setQueryData(SESSION, null)
  queries.removeQueries({ predicate: (query) => query.queryKey[0] !== SESSION[0] })
}
