import { useSyncExternalStore } from 'react'

/* Does a media query hold now? */
export function useMedia(query: string) {
  const list = window.matchMedia(query)
  return useSyncExternalStore(
    (tell) => {
      list.addEventListener('change', tell)
      return () => list.removeEventListener('change', tell)
    },
    () => list.matches,
  )
}

export const usePhone = () => useMedia('(max-width: 48rem)')
