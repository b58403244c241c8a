/* A card with a paged list: skeleton, problem, rows, or what to do when there are none. */
import type { ReactNode } from 'react'
import { Card } from './Card'
import type { Paged } from './paged'
import { Problem } from './Problem'
import { Skeleton } from './Skeleton'
import { Table, type Column } from './Table'

interface Props<Row> {
  label: string
  of: Paged<Row>
  rowKey: (row: Row) => string
  columns: Column<Row>[]
  onOpen?: (row: Row) => void
  empty: ReactNode
}

export function List<Row>({ label, of, rowKey, columns, onOpen, empty }: Props<Row>) {
  return (
    <Card flush>
      {of.rows?.length ? (
        <Table label={label} rows={of.rows} rowKey={rowKey} columns={columns} onOpen={onOpen} more={of.more} total={of.total} />
      ) : of.rows ? (
        empty
      ) : (
        <div className="padded">{of.error ? <Problem error={of.error} onRetry={of.retry} /> : <Skeleton lines={8} />}</div>
      )}
    </Card>
  )
}
