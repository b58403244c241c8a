/* A page that breaks does not take the others with it. A page that cannot be loaded belongs to an older build. */
import { Component, type ReactNode } from 'react'
import { Button } from '@/parts/Button'
import { Empty } from '@/parts/Empty'

export class Catch extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null }

  static getDerivedStateFromError(error: Error) {
    return { error }
  }

  override render() {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <Empty title="This page could not be shown" action={<Button look="primary" onClick={() => window.location.reload()}>Load it again</Button>}>
        {error.message}
      </Empty>
    )
  }
}
