import { useQuery } from '@tanstack/react-query'
import { http, queries, SESSION } from './client'
import { ApiError } from './error'
import { data } from './change'
import type { Session } from './types'

/* Set while this browser may have a session, whose cookie no script can see: without it nobody need be asked. */
const MAYBE = 'signed-in'

async function read(): Promise<Session | null> {
  if (!localStorage.getItem(MAYBE)) return null
  try {
    return await data(http.GET('/auth/me'))
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error
    localStorage.removeItem(MAYBE)
    return null
  }
}

/* null: nobody is signed in. */
export function useSession() {
  return useQuery<Session | null>({
    queryKey: SESSION,
    queryFn: read,
    staleTime: Infinity,
  })
}

/* Below the gate of App.tsx somebody always is. */
export function useAccount(): Session {
  return useSession().data!
}

export async function signIn(email: string, password: string) {
  const session = await data(http.POST('/auth/login', { body: { email, password } }))
  localStorage.setItem(MAYBE, 'yes')
  queries.setQueryData(SESSION, session)
}

export async function signOut() {
  await http.POST('/auth/logout').catch(() => undefined)
  forget()
}

/* The server no longer knows the session: what was read belongs to nobody on this screen. */
function forget() {
  localStorage.removeItem(MAYBE)
  queries.setQueryData(SESSION, null)
  queries.removeQueries({ predicate: (query) => query.queryKey[0] !== SESSION[0] })
}
