/* A file of contacts or properties: choose, say which column is what, look what would happen, import. */
import { useEffect, useState, type DragEvent } from 'react'
import { FileUp } from 'lucide-react'
import { useLocation } from 'wouter'
import { useMutation } from '@tanstack/react-query'
import { useChange } from '@/api/change'
import { newKey } from '@/api/client'
import { Button } from '@/parts/Button'
import { Card } from '@/parts/Card'
import { Check } from '@/parts/Field'
import { number, plural } from '@/parts/format'
import { Page } from '@/parts/Page'
import { Problem } from '@/parts/Problem'
import { Skeleton } from '@/parts/Skeleton'
import type { Kind } from './kinds'
import { MappingTable } from './MappingTable'
import { Report } from './Report'
import { guess, mapped, readSheet, type Mapping, type Sheet } from './sheet'
import './imports.css'

export function Import({ kind }: { kind: Kind }) {
  const [sheet, setSheet] = useState<Sheet | null>(null)
  const [mapping, setMapping] = useState<Mapping>([])
  const [problem, setProblem] = useState<unknown>(null)
  const take = async (file: File | undefined) => {
    if (!file) return
    try {
      const read = await readSheet(file)
      setSheet(read)
      setMapping(guess(read.columns, kind.fields))
      setProblem(null)
    } catch (error) {
      setProblem(error)
    }
  }
  return (
    <Page title={kind.title} back={kind.back}>
      {Boolean(problem) && <Problem error={problem} />}
      <Chooser sheet={sheet} onFile={(file) => void take(file)} />
      {sheet && (
        <Card title="Which column is what?" aside={<span className="quiet small">{plural(sheet.rows.length, 'row')}</span>}>
          <MappingTable sheet={sheet} fields={kind.fields} mapping={mapping} onChange={setMapping} />
        </Card>
      )}
      {sheet && <Trial key={sheet.name} kind={kind} sheet={sheet} mapping={mapping} />}
    </Page>
  )
}

function Chooser({ sheet, onFile }: { sheet: Sheet | null; onFile: (file: File | undefined) => void }) {
  const [over, setOver] = useState(false)
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    onFile(event.dataTransfer.files[0])
  }
  return (
    <label
      className={over ? 'chooser over' : 'chooser'}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <FileUp size={22} aria-hidden />
      <span>
        <strong>{sheet ? sheet.name : 'Choose a CSV file'}</strong>
        <span className="quiet">{sheet ? 'Choose another one' : 'or drop it here. The first row names the columns; at most 10,000 rows and 4 MiB.'}</span>
      </span>
      <input type="file" accept=".csv,text/csv" className="hidden" aria-label="CSV file" onChange={(event) => onFile(event.target.files?.[0])} />
    </label>
  )
}

/* Looks at once what would happen, anew with every change; then does it. */
function Trial({ kind, sheet, mapping }: { kind: Kind; sheet: Sheet; mapping: Mapping }) {
  const [skip, setSkip] = useState(false)
  const [, go] = useLocation()
  const missing = kind.fields.filter((field) => field.needed && !mapping.includes(field.name))
  const csv = mapped(sheet, mapping)
  const { mutate: look, ...trial } = useMutation({ mutationFn: (text: string) => kind.send(text, { dry_run: '1', skip_errors: '1' }, newKey()) })
  const run = useChange((text: string, key) => kind.send(text, { dry_run: '0', skip_errors: skip ? '1' : '0' }, key), {
    stale: [`/agent${kind.back.to}`],
    done: (report) => `${number(report.imported)} imported`,
    onDone: (report) => report.imported > 0 && go(kind.back.to),
  })
  const possible = missing.length === 0
  useEffect(() => {
    if (possible) look(csv)
  }, [possible, csv, look])
  if (!possible)
    return (
      <p className="notice" role="status">
        Say which column is {missing.map((field) => field.label).join(' and which is ')}.
      </p>
    )
  const found = trial.data
  return (
    <Card title="What would happen">
      {trial.error ? (
        <Problem error={trial.error} onRetry={() => look(csv)} />
      ) : !found ? (
        <Skeleton />
      ) : (
        <div className="stack">
          <Report report={found} sheet={sheet} fields={kind.fields} />
          {found.errors_total > 0 && <Check label={`Leave the ${plural(found.errors_total, 'wrong row')} out`} hint="Otherwise nothing is imported until they are right." checked={skip} onChange={(event) => setSkip(event.target.checked)} />}
          <div className="row">
            <Button look="primary" busy={run.isPending} disabled={!found.importable || (found.errors_total > 0 && !skip)} onClick={() => run.mutate(csv)}>
              Import {number(found.importable)}
            </Button>
          </div>
        </div>
      )}
    </Card>
  )
}
