import { api } from '@/api/client'
import { useFilters } from '@/parts/filters'
import { Loaded } from '@/parts/Loaded'
import { Page } from '@/parts/Page'
import { Tabs } from '@/parts/Tabs'
import { useLocation } from 'wouter'
import { Figures } from './Figures'

export type Period = 'day' | 'week' | 'month'
export const PERIODS: { value: Period; name: string }[] = [
  { value: 'day', name: 'Today' },
  { value: 'week', name: '7 days' },
  { value: 'month', name: '30 days' },
]

export default function Statistics() {
  const { values, set } = useFilters('period')
  const period = (values.period ?? 'week') as Period
  const figures = api.useQuery('get', '/agent/call-stats', { params: { query: { period } } }, { placeholderData: (old) => old })
  const [, go] = useLocation()
  return (
    <Page title="Statistics" lead={figures.data && `Days and hours of ${figures.data.timezone.replaceAll('_', ' ')}; a call counts within seconds of its end.`} actions={<Tabs label="Period" value={period} options={PERIODS} onChange={(one) => set({ period: one === 'week' ? undefined : one })} />}>
      <Loaded of={figures} lines={8}>
        {(known) => <Figures of={known} onDay={(date) => go(`/calls?from=${date}&to=${date}`)} />}
      </Loaded>
    </Page>
  )
}
