import type { components } from '@gen/schema'

export type ReviewRequest = components['schemas']['ReviewRequest']
export type ReviewedRequest = components['schemas']['ReviewedRequest']
export type ProvisioningStep = components['schemas']['ProvisioningStep']
export type Setup = components['schemas']['Setup']
