/* The admin's screens; see app/screens.tsx. */
import { lazy } from 'react'
import { Activity, ChartColumn, CircleStop, Hash, Inbox, ScrollText, Stethoscope, Users } from 'lucide-react'
import type { Screen } from '@/app/screens'

export const ADMIN_SCREENS: Screen[] = [
  { path: '/requests', name: 'Requests', icon: Inbox, bar: true, group: 'Agents', page: lazy(() => import('./requests/Requests')) },
  { path: '/requests/:id', name: 'Request', page: lazy(() => import('./requests/Request')) },
  { path: '/agents', name: 'Agents', icon: Users, bar: true, group: 'Agents', page: lazy(() => import('./agents/Agents')) },
  { path: '/agents/:id', name: 'Agent', page: lazy(() => import('./agents/Agent')) },
  { path: '/numbers', name: 'Numbers', icon: Hash, group: 'Agents', page: lazy(() => import('./Numbers')) },
  { path: '/statistics', name: 'Statistics', icon: ChartColumn, bar: true, group: 'Calls', page: lazy(() => import('./Statistics')) },
  { path: '/dialing', name: 'Dialing stop', icon: CircleStop, group: 'Calls', page: lazy(() => import('./Dialing')) },
  { path: '/system', name: 'System', icon: Activity, bar: true, group: 'Operation', page: lazy(() => import('./system/System')) },
  { path: '/diagnose', name: 'Diagnose', icon: Stethoscope, group: 'Operation', page: lazy(() => import('./Diagnose')) },
  { path: '/audit', name: 'Audit', icon: ScrollText, group: 'Operation', page: lazy(() => import('./Audit')) },
]
