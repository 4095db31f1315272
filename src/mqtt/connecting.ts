// Wires what decides on a CONNECT: admission, the throttle of passwords, what counts as a proof of identity.

import { createPasswordCheck } from '../password.ts'
import type { Enrolment } from '../settings.ts'
import type { Addresses } from './addresses.ts'
import type { Client } from './client.ts'
import { type ConnectDeps, type Connecting, createConnect } from './connect.ts'
import { type AdmissionDeps, createAdmission } from './entry/admission.ts'
import { createThrottle } from './entry/throttle.ts'

export interface ConnectingDeps
  extends Pick<ConnectDeps, 'dialect' | 'members' | 'deviceClients' | 'notices' | 'log' | 'keepaliveLimit'>,
    Pick<AdmissionDeps, 'registry'> {
  readonly enrolment: Enrolment
  readonly addresses: Addresses
  readonly now: () => number
}

const passwordsAtOnce = 2
const passwordsWaiting = 64
const patience = 10_000

/** Under `open`, and without a credential, a name is only a name. */
const provesIdentity = ({ enrolment, registry }: ConnectingDeps, { identity, link }: Client): boolean => {
  if (identity.kind !== 'device') return identity.kind === 'user'
  if (link.certificate === identity.key) return true
  return enrolment !== 'open' && (registry.device(identity.key)?.credential.kind ?? 'none') !== 'none'
}

export const createConnecting = (deps: ConnectingDeps): Connecting =>
  createConnect({
    ...deps,
    admit: createAdmission({
      ...deps,
      passwordHash: (user) => deps.members().passwordHash(user),
      anonymousAllowed: () => deps.members().anonymousAllowed(),
      checkPassword: createPasswordCheck(passwordsAtOnce, passwordsWaiting),
      mayBeNew: deps.addresses.mayBeNew,
    }),
    patience,
    throttle: createThrottle(deps.now),
    isProved: (client) => provesIdentity(deps, client),
  })
