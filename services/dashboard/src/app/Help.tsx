import { Dialog } from '@/parts/Dialog'

const KEYS: [string[], string][] = [
  [['/'], 'Search: people, numbers, words that were spoken, pages'],
  [['?'], 'This help'],
  [['↓', '↑'], 'Into a list, and from row to row'],
  [['Enter'], 'Open the row'],
  [['Home', 'End'], 'First and last row'],
  [['Space'], 'On a call’s page: play, pause'],
  [['←', '→'], 'On a call’s page: five seconds back, forth'],
  [['Esc'], 'Close what is open'],
]

export function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <div className="stack">
        <table className="help-keys">
          <tbody>
            {KEYS.map(([keys, what]) => (
              <tr key={what}>
                <th scope="row">
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </th>
                <td>{what}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <p className="quiet">
          Times are your office’s; point at one to see it in UTC. Everything here can be done by programs, too:{' '}
          <a href="/docs" target="_blank" rel="noreferrer">
            the API
          </a>
          .
        </p>
      </div>
    </Dialog>
  )
}
