import { useLocation } from 'wouter'
import { api } from '@/api/client'
import { Loaded } from '@/parts/Loaded'
import { Page } from '@/parts/Page'
import { PeriodTabs, usePeriod } from '@/parts/period'
import { Figures } from './Figures'

export default function Statistics() {
  const [period, setPeriod] = usePeriod()
  const figures = api.useQuery('get', '/agent/call-stats', { params: { query: { period } } }, { placeholderData: (old) => old })
  const [, go] = useLocation()
  return (
    <Page title="Statistics" lead={figures.data && `Days and hours of ${figures.data.timezone.replaceAll('_', ' ')}; a call counts within seconds of its end.`} actions={<PeriodTabs value={period} onChange={setPeriod} />}>
      <Loaded of={figures} lines={8}>
        {(known) => <Figures of={known} onDay={(date) => go(`/calls?from=${date}&to=${date}`)} />}
      </Loaded>
    </Page>
  )
}
