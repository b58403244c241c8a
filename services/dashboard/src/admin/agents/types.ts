import type { components } from '@gen/schema'

export type Account = components['schemas']['Account']
export type NewAccount = components['schemas']['agent.create']
