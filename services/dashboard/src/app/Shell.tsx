/* What surrounds every page: name, search, account, navigation; and the keys that work everywhere. */
import { useState, type ReactNode } from 'react'
import { CircleHelp, LogOut, Search as Glass } from 'lucide-react'
import { useConnected } from '@/api/events'
import { signOut, useAccount } from '@/api/session'
import { Button } from '@/parts/Button'
import { usePhone } from '@/parts/media'
import { Catch } from './Catch'
import { Help } from './Help'
import { useKeys } from './keys'
import { Logo } from './Logo'
import { Bar, Sidebar } from './Navigation'
import type { Screen } from './screens'
import './Shell.css'

interface Props {
  screens: Screen[]
  counts: Record<string, number>
  /* The search, open until it calls back. */
  search?: (close: () => void) => ReactNode
  children: ReactNode
}

type Open = 'search' | 'help' | null

export function Shell({ screens, counts, search, children }: Props) {
  const account = useAccount()
  const phone = usePhone()
  const [open, setOpen] = useState<Open>(null)
  const close = () => setOpen(null)
  const inNavigation = screens.filter((screen) => screen.icon)
  useKeys({ '/': () => search && setOpen('search'), '?': () => setOpen('help') })
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <header className="top">
        <Logo />
        {search && (
          <button type="button" className="top-search" onClick={() => setOpen('search')}>
            <Glass size={16} aria-hidden />
            <span>Search</span>
            <kbd aria-hidden>/</kbd>
          </button>
        )}
        <Connection />
        <span className="top-name one-line">{account.name}</span>
        {!phone && <Button look="bare" icon={CircleHelp} aria-label="Keys and help" onClick={() => setOpen('help')} />}
        <Button look="bare" icon={LogOut} aria-label="Sign out" onClick={() => void signOut()} />
      </header>
      {phone ? <Bar screens={inNavigation} counts={counts} /> : <Sidebar screens={inNavigation} counts={counts} />}
      <main id="main" tabIndex={-1}>
        <Catch>{children}</Catch>
      </main>
      {open === 'search' && search?.(close)}
      {open === 'help' && <Help onClose={close} />}
    </div>
  )
}

/* Only worth a word when it is not there. */
function Connection() {
  const connected = useConnected()
  return (
    <span className="top-state" role="status">
      {!connected && 'Reconnecting…'}
    </span>
  )
}
