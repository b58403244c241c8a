/* A CSV file as a sheet, and which of its columns becomes which field. */
import Papa from 'papaparse'
import type { ImportField } from './kinds'

export interface Sheet {
  name: string
  columns: string[]
  rows: string[][]
}

/* Per column the field it becomes; '' is left out. */
export type Mapping = string[]

export function readSheet(file: File): Promise<Sheet> {
  return new Promise((resolve, reject) =>
    Papa.parse<string[]>(file, {
      skipEmptyLines: 'greedy',
      complete: ({ data }) => {
        const [columns, ...rows] = data
        if (columns) resolve({ name: file.name, columns, rows })
        else reject(new Error('The file is empty.'))
      },
      error: reject,
    }),
  )
}

export function guess(columns: string[], fields: ImportField[]): Mapping {
  const left = new Set(fields)
  return columns.map((column) => {
    const field = [...left].find((one) => one.name === column.trim().toLowerCase() || one.words.test(column.trim()))
    if (!field) return ''
    left.delete(field)
    return field.name
  })
}

export function mapped({ rows }: Sheet, mapping: Mapping): string {
  const kept = mapping.map((name, i) => ({ name, i })).filter(({ name }) => name)
  return Papa.unparse([kept.map(({ name }) => name), ...rows.map((row) => kept.map(({ i }) => row[i] ?? ''))])
}
