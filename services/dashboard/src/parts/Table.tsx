/*
 * A list of any length: only the rows on the screen exist. Arrows move between rows, Enter opens one; more rows are
 * asked for as the end comes near. The page scrolls, not a box in it.
 *
 *   <Table label="Calls" rows={calls} rowKey={(c) => c.id} columns={columns} onOpen={(c) => go(c.id)}
 *     more={{ wanted: query.hasNextPage, load: query.fetchNextPage }} />
 */
import { memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent, type ReactNode, type RefObject } from 'react'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { usePhone } from './media'
import './Table.css'

export interface Column<Row> {
  name: string
  /* A grid track: 'minmax(10rem, 2fr)', '6rem'. */
  width: string
  end?: boolean
  /* Its name is for screen readers only. */
  silent?: boolean
  /* Left out on a phone. */
  wide?: boolean
  cell: (row: Row) => ReactNode
  /* On a phone in its place: with what the columns told that were left out. */
  narrow?: (row: Row) => ReactNode
}

interface Props<Row> {
  label: string
  rows: Row[]
  rowKey: (row: Row) => string
  columns: Column<Row>[]
  onOpen?: (row: Row) => void
  more?: { wanted: boolean; load: () => unknown }
  /* When it is known that there are more than are here. */
  total?: number
}

const AHEAD = 20

function useRowHeight() {
  return usePhone() ? 64 : 48 /* --row */
}

/* Where on the page it begins: asked again when something changes its size, never while it scrolls, which would lay all out. */
function useTop(box: RefObject<HTMLElement | null>) {
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    const measure = () => setTop((box.current?.getBoundingClientRect().top ?? 0) + window.scrollY)
    const watch = new ResizeObserver(measure)
    for (const part of document.getElementById('main')?.children ?? []) watch.observe(part)
    measure()
    return () => watch.disconnect()
  }, [box])
  return top
}

export function Table<Row>({ label, rows, rowKey, columns, onOpen, more, total }: Props<Row>) {
  const phone = usePhone()
  const height = useRowHeight()
  const body = useRef<HTMLDivElement>(null)
  const margin = useTop(body)
  const [active, setActive] = useState(0)
  const shown = useMemo(() => (phone ? columns.filter((column) => !column.wide).map(({ narrow, ...column }) => ({ ...column, cell: narrow ?? column.cell })) : columns), [columns, phone])
  const tracks = shown.map((column) => column.width).join(' ')

  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => height,
    overscan: 10,
    scrollMargin: margin,
    getItemKey: (index) => rowKey(rows[index]!),
  })
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0

  const { wanted, load } = more ?? {}
  useEffect(() => {
    if (wanted && last >= rows.length - AHEAD) load?.()
  }, [wanted, load, last, rows.length])

  useEffect(() => {
    virtual.measure()
  }, [virtual, height])

  const move = useCallback(
    (to: number) => {
      const index = Math.max(0, Math.min(rows.length - 1, to))
      setActive(index)
      virtual.scrollToIndex(index)
      requestAnimationFrame(() => body.current?.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus({ preventScroll: true }))
    },
    [rows.length, virtual],
  )

  useArrowsFromNowhere(useCallback(() => move(active), [move, active]))

  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.target as HTMLElement).dataset.index) return
    const steps: Record<string, number> = { ArrowDown: active + 1, ArrowUp: active - 1, Home: 0, End: rows.length - 1, PageDown: active + 10, PageUp: active - 10 }
    const to = steps[event.key]
    if (to !== undefined) move(to)
    else if (event.key === 'Enter' && onOpen) onOpen(rows[active]!)
    else return
    event.preventDefault()
  }

  const rowOf = (target: EventTarget) => Number((target as HTMLElement).closest<HTMLElement>('[data-index]')?.dataset.index ?? NaN)

  const onClick = (event: MouseEvent) => {
    const inside = (event.target as HTMLElement).closest('a, button, input, label, select, dialog')
    const row = rows[rowOf(event.target)]
    if (row && !inside && !window.getSelection()?.toString()) onOpen?.(row)
  }

  return (
    <div role="grid" aria-label={label} aria-rowcount={(total ?? rows.length) + 1} className={onOpen ? 'table opens' : 'table'} onKeyDown={onKeyDown} onClick={onClick} onFocus={(event) => rowOf(event.target) >= 0 && setActive(rowOf(event.target))}>
      <div role="row" aria-rowindex={1} className="table-head" style={{ gridTemplateColumns: tracks }}>
        {shown.map((column) => (
          <div role="columnheader" key={column.name} className={column.end ? 'end' : undefined}>
            {column.silent ? <span className="hidden">{column.name}</span> : column.name}
          </div>
        ))}
      </div>
      <div role="rowgroup" ref={body} className="table-body" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => (
          <TableRow key={item.key} row={rows[item.index]!} index={item.index} columns={shown} tracks={tracks} height={height} top={item.start - margin} active={item.index === active} />
        ))}
      </div>
    </div>
  )
}

interface RowProps<Row> {
  row: Row
  index: number
  columns: Column<Row>[]
  tracks: string
  height: number
  top: number
  active: boolean
}

/* Scrolling draws only the rows that come into sight. */
const TableRow = memo(function TableRow<Row>({ row, index, columns, tracks, height, top, active }: RowProps<Row>) {
  return (
    <div role="row" aria-rowindex={index + 2} data-index={index} tabIndex={active ? 0 : -1} className="table-row" style={{ gridTemplateColumns: tracks, height, transform: `translateY(${top}px)` }}>
      {columns.map((column) => (
        <div role="gridcell" key={column.name} className={column.end ? 'end' : undefined}>
          {column.cell(row)}
        </div>
      ))}
    </div>
  )
}) as <Row>(props: RowProps<Row>) => ReactNode

/* An arrow pressed while nothing has the focus goes into the list. */
function useArrowsFromNowhere(enter: () => void) {
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => {
      if (event.key !== 'ArrowDown' || document.activeElement !== document.body) return
      event.preventDefault()
      enter()
    }
    document.addEventListener('keydown', listen)
    return () => document.removeEventListener('keydown', listen)
  }, [enter])
}
