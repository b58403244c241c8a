/* The admin's screens; see app/screens.tsx. */
import { lazy } from 'react'
import { Inbox } from 'lucide-react'
import type { Screen } from '@/app/screens'

export const ADMIN_SCREENS: Screen[] = [{ path: '/requests', name: 'Requests', icon: Inbox, bar: true, page: lazy(() => import('./Requests')) }]
