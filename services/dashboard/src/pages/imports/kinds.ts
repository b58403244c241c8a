/* What can be imported: the fields, and by which words their columns are recognised. */
import { data } from '@/api/change'
import { http } from '@/api/client'
import { ApiError } from '@/api/error'
import type { ImportReport } from '@/api/types'

export interface ImportField {
  name: string
  label: string
  needed?: boolean
  words: RegExp
}

export interface Kind {
  title: string
  back: { to: string; name: string }
  fields: ImportField[]
  send: (csv: string, query: { dry_run: '0' | '1'; skip_errors: '0' | '1' }, key: string) => Promise<ImportReport>
}

/* Wrong rows are a refusal with a report: here, the report is what is wanted. */
async function report(answer: Promise<{ data?: ImportReport }>): Promise<ImportReport> {
  try {
    return await data(answer)
  } catch (error) {
    if (error instanceof ApiError && error.code === 'import_errors') return error.body as ImportReport
    throw error
  }
}

const asCsv = { bodySerializer: (body: string) => body, headers: { 'Content-Type': 'text/csv' } }

export const CONTACTS: Kind = {
  title: 'Import contacts',
  back: { to: '/contacts', name: 'Contacts' },
  fields: [
    { name: 'name', label: 'Name', needed: true, words: /^(full |display )?name$|^contact$/i },
    { name: 'phone_number', label: 'Number', needed: true, words: /phone|mobile|cell|^tel|number/i },
    { name: 'email', label: 'E-mail', words: /mail/i },
    { name: 'timezone', label: 'Time zone', words: /time ?_?zone/i },
    { name: 'notes', label: 'Notes', words: /note|comment|remark/i },
    { name: 'consent', label: 'Consent (yes or no)', words: /consent|opt/i },
  ],
  send: (body, query, key) => report(http.POST('/agent/contacts/import', { body, ...asCsv, params: { query, header: { 'Idempotency-Key': key } } })),
}

export const PROPERTIES: Kind = {
  title: 'Import properties',
  back: { to: '/properties', name: 'Properties' },
  fields: [
    { name: 'address', label: 'Address', needed: true, words: /address|street/i },
    { name: 'price', label: 'Price', needed: true, words: /price|asking/i },
    { name: 'city', label: 'City', words: /city|town/i },
    { name: 'type', label: 'Kind', words: /type|kind/i },
    { name: 'status', label: 'Status', words: /status|state$/i },
    { name: 'currency', label: 'Currency', words: /currency/i },
    { name: 'bedrooms', label: 'Bedrooms', words: /bed/i },
    { name: 'bathrooms', label: 'Bathrooms', words: /bath/i },
    { name: 'area_sqm', label: 'Area in m²', words: /area|sqm|m²|size/i },
    { name: 'description', label: 'Description', words: /desc|text|remark/i },
  ],
  send: (body, query, key) => report(http.POST('/agent/properties/import', { body, ...asCsv, params: { query, header: { 'Idempotency-Key': key } } })),
}
