/* Today, the last 7 days or the last 30; kept in the address. */
import { useFilters } from '@/parts/filters'
import { Tabs } from '@/parts/Tabs'

export type Period = 'day' | 'week' | 'month'

export function usePeriod(): [Period, (period: Period) => void] {
  const { values, set } = useFilters('period')
  return [(values.period as Period | undefined) ?? 'week', (period) => set({ period: period === 'week' ? undefined : period })]
}

export function PeriodTabs({ value, onChange }: { value: Period; onChange: (period: Period) => void }) {
  return (
    <Tabs
      label="Period"
      value={value}
      options={[
        { value: 'day', name: 'Today' },
        { value: 'week', name: '7 days' },
        { value: 'month', name: '30 days' },
      ]}
      onChange={onChange}
    />
  )
}
