/* Stacked bars over days or hours, drawn by uPlot; the same figures are a table for who cannot see them. */
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { useMedia } from './media'
import './BarChart.css'

export interface Series {
  name: string
  /* A token: '--accent'. */
  color: string
  values: number[]
}

interface Props {
  label: string
  names: string[]
  series: Series[]
  onPick?: (index: number) => void
}

const HEIGHT = 220

/* Each on top of those before it. */
function stacked(series: Series[]): number[][] {
  const sums: number[][] = []
  for (const { values } of series) sums.push(values.map((value, i) => value + (sums.at(-1)?.[i] ?? 0)))
  return sums
}

export default function BarChart({ label, names, series, onPick }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const pick = useRef(onPick)
  const dark = useMedia('(prefers-color-scheme: dark)')
  useEffect(() => void (pick.current = onPick), [onPick])
  useEffect(() => {
    const parent = box.current!
    const style = getComputedStyle(parent)
    const color = (token: string) => style.getPropertyValue(token).trim()
    const axis = { stroke: color('--text-2'), font: `12px ${style.fontFamily}`, ticks: { show: false } }
    /* The highest first, so that the lower ones are drawn over it. */
    const layers = stacked(series).map((sums, i) => ({ name: series[i]!.name, color: series[i]!.color, sums })).reverse()
    const chart = new uPlot(
      {
        width: parent.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
        scales: { x: { time: false, range: [-0.6, names.length - 0.4] }, y: { range: (_, __, max) => [0, Math.max(4, max * 1.1)] } },
        axes: [
          { ...axis, grid: { show: false }, values: (_, ticks) => ticks.map((tick) => names[tick] ?? ''), incrs: [1, 2, 3, 5, 7] },
          { ...axis, grid: { stroke: color('--line'), width: 1 }, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000], size: 44 },
        ],
        series: [{}, ...layers.map((layer) => ({ label: layer.name, fill: color(layer.color), stroke: color(layer.color), width: 0, paths: uPlot.paths.bars!({ size: [0.7, 40], radius: 0.15 }), points: { show: false } }))],
      },
      [names.map((_, i) => i), ...layers.map((layer) => layer.sums)],
      parent,
    )
    const choose = () => chart.cursor.idx !== null && chart.cursor.idx !== undefined && pick.current?.(chart.cursor.idx)
    chart.over.addEventListener('click', choose)
    const watch = new ResizeObserver(() => chart.setSize({ width: parent.clientWidth, height: HEIGHT }))
    watch.observe(parent)
    return () => {
      watch.disconnect()
      chart.destroy()
    }
  }, [names, series, dark])
  return (
    <figure className="chart">
      <figcaption className="chart-legend">
        {series.map((one) => (
          <span key={one.name}>
            <span className="chart-dot" style={{ background: `var(${one.color})` }} aria-hidden /> {one.name}
          </span>
        ))}
      </figcaption>
      <div ref={box} className={onPick ? 'chart-box picks' : 'chart-box'} aria-hidden />
      <table className="hidden">
        <caption>{label}</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            {series.map((one) => (
              <th key={one.name} scope="col">
                {one.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((name, i) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {series.map((one) => (
                <td key={one.name}>{one.values[i]}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  )
}
