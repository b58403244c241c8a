/*
 * Every screen: its address below /app, its name, and the page, which is loaded when it is first opened. What has
 * an icon stands in the navigation; `bar` in the bar of a phone, too.
 */
import { lazy, type ComponentType, type LazyExoticComponent } from 'react'
import type { LucideIcon } from 'lucide-react'
import { House, Phone, Radio } from 'lucide-react'

export interface Screen {
  path: string
  name: string
  icon?: LucideIcon
  bar?: boolean
  /* The heading under which it stands. */
  group?: string
  page: LazyExoticComponent<ComponentType>
}

export const AGENT_SCREENS: Screen[] = [
  { path: '/home', name: 'Home', icon: House, bar: true, page: lazy(() => import('@/pages/home/Home')) },
  { path: '/live', name: 'Live', icon: Radio, bar: true, page: lazy(() => import('@/pages/live/Live')) },
  { path: '/calls', name: 'Calls', icon: Phone, bar: true, page: lazy(() => import('@/pages/calls/Calls')) },
  { path: '/calls/:id', name: 'Call', page: lazy(() => import('@/pages/call/Call')) },
]
