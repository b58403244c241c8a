/*
 * Every screen: its address below /app, its name, and the page, which is loaded when it is first opened. What has
 * an icon stands in the navigation; `bar` in the bar of a phone, too.
 */
import { lazy, type ComponentType, type LazyExoticComponent } from 'react'
import type { LucideIcon } from 'lucide-react'
import { BarChart3, BookUser, Bot, Building2, CalendarDays, House, ListOrdered, MessageSquareText, Phone, PhoneOff, Radio, Search, Webhook } from 'lucide-react'

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
  { path: '/messages', name: 'Messages', icon: MessageSquareText, bar: true, page: lazy(() => import('@/pages/messages/Messages')) },
  { path: '/viewings', name: 'Viewings', icon: CalendarDays, page: lazy(() => import('@/pages/viewings/Viewings')) },
  { path: '/contacts', name: 'Contacts', icon: BookUser, group: 'Reach people', page: lazy(() => import('@/pages/contacts/Contacts')) },
  { path: '/contacts/import', name: 'Import contacts', page: lazy(() => import('@/pages/imports/ContactsImport')) },
  { path: '/contacts/:id', name: 'Contact', page: lazy(() => import('@/pages/contacts/Contact')) },
  { path: '/batches', name: 'Batches', icon: ListOrdered, group: 'Reach people', page: lazy(() => import('@/pages/batches/Batches')) },
  { path: '/batches/new', name: 'New batch', page: lazy(() => import('@/pages/batches/NewBatch')) },
  { path: '/batches/:id', name: 'Batch', page: lazy(() => import('@/pages/batches/Batch')) },
  { path: '/suppressions', name: 'Do not call', icon: PhoneOff, group: 'Reach people', page: lazy(() => import('@/pages/suppressions/Suppressions')) },
  { path: '/search', name: 'Search', icon: Search, group: 'Learn', page: lazy(() => import('@/pages/search/SearchPage')) },
  { path: '/statistics', name: 'Statistics', icon: BarChart3, group: 'Learn', page: lazy(() => import('@/pages/statistics/Statistics')) },
  { path: '/configuration', name: 'Agent', icon: Bot, group: 'Set up', page: lazy(() => import('@/pages/configuration/Configuration')) },
  { path: '/properties', name: 'Properties', icon: Building2, group: 'Set up', page: lazy(() => import('@/pages/properties/Properties')) },
  { path: '/properties/import', name: 'Import properties', page: lazy(() => import('@/pages/imports/PropertiesImport')) },
  { path: '/webhooks', name: 'Webhooks', icon: Webhook, group: 'Set up', page: lazy(() => import('@/pages/webhooks/Webhooks')) },
  { path: '/webhooks/:id', name: 'Webhook', page: lazy(() => import('@/pages/webhooks/Webhook')) },
]
