import { useState } from 'react'
import { Menu } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { Dialog } from '@/parts/Dialog'
import type { Screen } from './screens'
import './Navigation.css'

interface Props {
  screens: Screen[]
  /* Figures beside a name, by path: calls that are on, messages that wait. */
  counts: Record<string, number>
}

const isHere = (location: string, path: string) => location === path || location.startsWith(`${path}/`)

function Item({ screen, count, onGo }: { screen: Screen; count?: number; onGo?: () => void }) {
  const [location] = useLocation()
  const Icon = screen.icon!
  return (
    <li>
      <Link href={screen.path} className="nav-item" aria-current={isHere(location, screen.path) ? 'page' : undefined} onClick={onGo}>
        <Icon size={18} aria-hidden />
        <span>{screen.name}</span>
        {count ? <span className="nav-count">{count}</span> : null}
      </Link>
    </li>
  )
}

function Items({ screens, counts, onGo }: Props & { onGo?: () => void }) {
  const groups = [...new Set(screens.map((screen) => screen.group ?? ''))]
  return groups.map((group) => (
    <div key={group} className="nav-group">
      {group && <p className="nav-title">{group}</p>}
      <ul>
        {screens
          .filter((screen) => (screen.group ?? '') === group)
          .map((screen) => (
            <Item key={screen.path} screen={screen} count={counts[screen.path]} onGo={onGo} />
          ))}
      </ul>
    </div>
  ))
}

/* Beside the page on a desk. */
export function Sidebar(props: Props) {
  return (
    <nav className="sidebar" aria-label="Main">
      <Items {...props} />
    </nav>
  )
}

/* Under the thumb on a phone: the four that are used most, and all others. */
export function Bar({ screens, counts }: Props) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <nav className="bar" aria-label="Main">
        <ul>
          {screens
            .filter((screen) => screen.bar)
            .map((screen) => (
              <Item key={screen.path} screen={screen} count={counts[screen.path]} />
            ))}
          <li>
            <button type="button" className="nav-item" aria-expanded={open} onClick={() => setOpen(true)}>
              <Menu size={18} aria-hidden />
              <span>More</span>
            </button>
          </li>
        </ul>
      </nav>
      {open && (
        <Dialog title="Go to" onClose={() => setOpen(false)}>
          <nav aria-label="All pages">
            <Items screens={screens} counts={counts} onGo={() => setOpen(false)} />
          </nav>
        </Dialog>
      )}
    </>
  )
}
