import { Import } from './Import'
import { CONTACTS } from './kinds'

export default function ContactsImport() {
  return <Import kind={CONTACTS} />
}
