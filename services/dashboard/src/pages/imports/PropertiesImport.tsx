import { Import } from './Import'
import { PROPERTIES } from './kinds'

export default function PropertiesImport() {
  return <Import kind={PROPERTIES} />
}
