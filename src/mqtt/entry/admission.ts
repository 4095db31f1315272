// Whether a CONNECT is admitted: enrolment and credentials of devices, passwords of users (protocol.md §6). A device that it
// enrols is on disk when it resolves. Knows no sockets and no engine.

import type { Log } from '../../log.ts'
import type { Device } from '../../ota/model.ts'
import type { Registry } from '../../ota/ports/mqtt.ts'
import type { PasswordCheck } from '../../password.ts'
import type { Enrolment } from '../../settings.ts'
import { firstUseHash, isSecret, knownSignMethod, provesSecret, sameHash } from './credential.ts'
import type { DeviceIdentity, Identity, Refusal } from './identity.ts'

export interface AdmissionDeps {
  readonly enrolment: Enrolment
  readonly registry: Registry
  readonly log: Log
  readonly passwordHash: (user: string) => string | undefined
  readonly anonymousAllowed: () => boolean
  readonly checkPassword: PasswordCheck
  /** Whether a device that is not known may become known from that address. */
  readonly mayBeNew: (address: string) => boolean
}

/** What a client has shown. */
export interface Shown {
  readonly password: Uint8Array | undefined
  /** The common name of its certificate, which was verified; null: its listener asks for none. */
  readonly certificate: string | null
}

/** Resolves to null if the client is admitted, else to why not. Rejects if that could not be checked. */
export type Admission = (identity: Identity, shown: Shown, address: string) => Promise<Refusal | null>

const refusal = (code: Refusal['code'], reason: string, text: string): Refusal => ({ code, reason, text })

const tooManyNew = refusal(
  3,
  'too_many_new_names',
  'is new, and too many new device names came from its address within a minute (mqtt.newDevicesPerAddress)',
)

/** A device that wants to connect from that address. */
interface Asked {
  readonly deps: AdmissionDeps
  readonly identity: DeviceIdentity
  readonly address: string
}

const withSecret = (identity: DeviceIdentity, secret: string, plain: boolean, password: Uint8Array | undefined): Refusal | null => {
  if (password === undefined) return refusal(4, 'no_password', 'has a secret, but sent no password')
  if (provesSecret(identity, secret, password) || (plain && isSecret(secret, password))) return null
  if (!knownSignMethod(identity.signMethod)) {
    return refusal(
      4,
      'bad_signature',
      `sent the signmethod ${JSON.stringify(identity.signMethod)}; expected hmacmd5, hmacsha1 or hmacsha256`,
    )
  }
  return refusal(4, 'bad_signature', `sent a password that is not the ${identity.signMethod} of its names with its secret`)
}

const withFirstUse = (device: Device, hash: string | null): Refusal | null => {
  if (device.credential.kind !== 'first-use') return null
  if (hash === null) return refusal(4, 'no_password', 'sent no password, though one was bound at its first use')
  if (sameHash(device.credential.hash, hash)) return null
  return refusal(
    4,
    'bad_password',
    `sent another password than at its first use; \`fogbell device forget-credential ${device.key}\` unbinds that one`,
  )
}

const bindFirstUse = async (
  deps: AdmissionDeps,
  identity: DeviceIdentity,
  known: Device | undefined,
  hash: string | null,
): Promise<Refusal | null> => {
  if (known !== undefined && (known.credential.kind !== 'none' || hash === null)) return withFirstUse(known, hash)
  // Two first CONNECTs may race: what was bound in the end decides for both.
  const device = await deps.registry.enrol(identity.product, identity.name, hash)
  deps.log.info(
    { device: device.key, credential: device.credential.kind },
    known === undefined ? 'a new device was enrolled' : 'a password was bound',
  )
  return withFirstUse(device, hash)
}

const admitClosed = (known: Device | undefined): Refusal =>
  known === undefined
    ? refusal(5, 'unknown_device', 'is not known, and enrolment is closed; add it with `fogbell device add`')
    : refusal(5, 'no_secret', 'has no secret, and enrolment is closed; give it one with `fogbell device add … --secret`')

/** The certificate takes the place of the password. The name alone does not make a device known where enrolment is closed: it may have been removed. */
const withCertificate = async ({ deps, identity, address }: Asked): Promise<Refusal | null> => {
  if (deps.registry.device(identity.key) !== undefined) return null
  if (deps.enrolment === 'closed') return admitClosed(undefined)
  if (!deps.mayBeNew(address)) return tooManyNew
  const device = await deps.registry.enrol(identity.product, identity.name, null)
  deps.log.info({ device: device.key, credential: 'certificate' }, 'a new device was enrolled')
  return null
}

const otherName = (identity: DeviceIdentity, certificate: string): Refusal =>
  refusal(5, 'certificate_other_name', `its certificate is for ${JSON.stringify(certificate)}, not for ${JSON.stringify(identity.key)}`)

const checkDevice = async ({ deps, identity, address }: Asked, password: Uint8Array | undefined): Promise<Refusal | null> => {
  const known = deps.registry.device(identity.key)
  if (known?.credential.kind === 'secret') return withSecret(identity, known.credential.secret, known.credential.plain, password)
  if (deps.enrolment === 'closed') return admitClosed(known)
  if (known === undefined && !deps.mayBeNew(address)) return tooManyNew
  return bindFirstUse(deps, identity, known, password === undefined ? null : firstUseHash(password))
}

/** Where enrolment is open nobody proves anything, so no claim of a gateway is looked at. */
const admitDevice = async (asked: Asked, { password, certificate }: Shown): Promise<Refusal | null> => {
  const { deps, identity, address } = asked
  if (certificate !== null && certificate !== identity.key) return otherName(identity, certificate)
  if (deps.enrolment === 'open') {
    if (deps.registry.device(identity.key) !== undefined) return null
    if (!deps.mayBeNew(address)) return tooManyNew
    await deps.registry.enrol(identity.product, identity.name, null)
    return null
  }
  const refused = await (certificate === null ? checkDevice(asked, password) : withCertificate(asked))
  if (refused === null) await deps.registry.admitted(identity.key, certificate !== null)
  return refused
}

const admitUser = async (deps: AdmissionDeps, name: string, password: Uint8Array | undefined): Promise<Refusal | null> => {
  const hash = deps.passwordHash(name)
  if (hash === undefined) return refusal(4, 'unknown_user', 'there is no such user')
  if (password === undefined) return refusal(4, 'no_password', 'sent no password')
  return (await deps.checkPassword(password, hash)) ? null : refusal(4, 'bad_password', 'sent a wrong password')
}

export const createAdmission =
  (deps: AdmissionDeps): Admission =>
  async (identity, { password, certificate }, address) => {
    // An empty password counts as none.
    const given = password === undefined || password.length === 0 ? undefined : password
    if (identity.kind === 'device') return await admitDevice({ deps, identity, address }, { password: given, certificate })
    if (identity.kind === 'user') return await admitUser(deps, identity.name, given)
    return deps.anonymousAllowed() ? null : refusal(5, 'anonymous', 'clients without a username are not allowed (mqtt.anonymous)')
  }
