// Who speaks for a device: its gateway by an operator's act, by the gateway's own claim, or the device itself. Pure.

import type { Credential, Device, GatewayClaim, Takeover } from '../model.ts'

const takeoversKept = 10

const boundHash = (credential: Credential): string | null => (credential.kind === 'first-use' ? credential.hash : null)

export const claimBy = (by: GatewayClaim['by'], { credential }: Pick<Device, 'credential'>): GatewayClaim => ({
  by,
  bound: boundHash(credential),
})

/**
 * Whether an operator said which gateway it has. Fogbell 0.1 did not record that: there a gateway could not claim a device with a secret, so
 * the list that gave the secret gave the gateway.
 */
export const isPinned = ({ claim, gateway, credential }: Device): boolean =>
  claim === undefined || claim === null ? gateway !== null && credential.kind === 'secret' : claim.by === 'operator'

/** Whether a client that has shown the device's credential is the device, whatever a gateway claims. A password that was bound after the claim proves nothing. */
export const provesItself = ({ credential, claim }: Device): boolean =>
  credential.kind === 'secret' || (credential.kind === 'first-use' && claim?.bound === credential.hash)

export const withTakeover = (device: Device, takeover: Takeover): Device => ({
  ...device,
  takeovers: [...(device.takeovers ?? []), takeover].slice(-takeoversKept),
})
