import { useState, type FormEvent } from 'react'
import { useMutation } from '@tanstack/react-query'
import { asApiError } from '@/api/error'
import { signIn } from '@/api/session'
import { Button } from '@/parts/Button'
import { TextField } from '@/parts/Field'
import { Problem } from '@/parts/Problem'
import { Logo } from './Logo'
import './SignIn.css'

export function SignIn() {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const enter = useMutation({ mutationFn: () => signIn(email, password) })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    enter.mutate()
  }
  return (
    <main className="sign-in">
      <form className="stack" onSubmit={submit} aria-label="Sign in">
        <Logo />
        <div>
          <h1>Sign in</h1>
          <p className="quiet">The telephone assistant of your office.</p>
        </div>
        {enter.error && <Problem error={asApiError(enter.error)} />}
        <TextField label="E-mail" type="email" autoComplete="username" required autoFocus value={email} onChange={(event) => setEmail(event.target.value)} />
        <TextField label="Password" type="password" autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.target.value)} />
        <Button type="submit" look="primary" busy={enter.isPending}>
          Sign in
        </Button>
        <p className="quiet small">No account, or the password forgotten? Your admin makes accounts and sets new passwords.</p>
      </form>
    </main>
  )
}
