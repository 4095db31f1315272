// What the room keeps: tokens by their digest, people by their name, sessions by the digest of their secret. Whose a token or a session
// is, is found here. Knows no disk but through its tables.

import type { Caller, Gatekeeper, PersonFacts, TokenFacts } from '../ota/ports/access.ts'
import type { Role } from '../roles.ts'
import { nameKey } from './access-keys.ts'
import type { AccessWriter } from './access-writer.ts'
import { sha256 } from './digests.ts'
import type { RecordTable } from './record-table.ts'

export type TokenRecord = TokenFacts

export interface PersonRecord extends Omit<PersonFacts, 'sessions'> {
  /** `scrypt$…` */
  readonly passwordHash: string
}

export interface SessionRecord {
  readonly kind: 'file' | 'token' | 'person'
  readonly name: string
  /** What it was proved by then: it ends when that changes. */
  readonly proof: string
  readonly createdAt: number
  readonly usedAt: number
  readonly from: string
}

export interface AccessState {
  readonly tokens: RecordTable<TokenRecord>
  readonly people: RecordTable<PersonRecord>
  readonly sessions: RecordTable<SessionRecord>
  readonly writer: AccessWriter
  readonly now: () => number
  readonly fileToken: () => string
  /** Uses that are not on disk yet: of tokens and sessions by digest. */
  readonly uses: Map<string, { readonly at: number; readonly from: string | null }>
  readonly revoked: (() => void)[]
}

/** The name of the token of the data directory. */
export const fileTokenName = 'admin.token'

export const idleMs = 12 * 3_600_000
export const longestMs = 30 * 24 * 3_600_000
/** Uses are noted so often. */
const noteMs = 60_000

export const noteUse = ({ uses, now }: AccessState, digest: string, from: string | null): void => {
  const known = uses.get(digest)
  const at = now()
  if (known === undefined || at - known.at >= noteMs || (from !== null && known.from !== from)) uses.set(digest, { at, from })
}

/** That of the file, hashed again only when it has changed. */
export const createFileDigest = (fileToken: () => string): (() => string) => {
  let known = { token: '', digest: '' }
  return () => {
    const token = fileToken()
    if (token !== known.token) known = { token, digest: token === '' ? '' : sha256(token) }
    return known.digest
  }
}

/** A wall screen signs in by a viewer's token, and stays signed in as long as there is that token. */
export const isEndless = ({ kind }: SessionRecord, role: Role): boolean => kind === 'token' && role === 'viewer'

const isOver = (state: AccessState, digest: string, session: SessionRecord): boolean => {
  const usedAt = Math.max(session.usedAt, state.uses.get(digest)?.at ?? 0)
  return state.now() - usedAt >= idleMs || state.now() - session.createdAt >= longestMs
}

type Found = Pick<Caller, 'role' | 'station'>

/** Who still has what the session was begun with. */
const ownerOf = (state: AccessState, fileDigest: () => string, { kind, name, proof }: SessionRecord): Found | null => {
  if (kind === 'file') return proof === fileDigest() ? { role: 'admin', station: null } : null
  if (kind === 'token') return state.tokens.all.get(proof) ?? null
  const person = state.people.all.get(nameKey(name))
  return person === undefined || sha256(person.passwordHash) !== proof ? null : { role: person.role, station: null }
}

export const callerOfSession = (state: AccessState, fileDigest: () => string, digest: string): Caller | null => {
  const session = state.sessions.all.get(digest)
  if (session === undefined) return null
  const found = ownerOf(state, fileDigest, session)
  if (found === null || (!isEndless(session, found.role) && isOver(state, digest, session))) return null
  const { kind, name, proof } = session
  return { kind, name, role: found.role, station: found.station, proof, session: digest }
}

const callerOfToken = ({ tokens }: AccessState, fileDigest: () => string, digest: string): Caller | null => {
  if (digest === fileDigest()) return { kind: 'file', name: fileTokenName, role: 'admin', station: null, proof: digest, session: null }
  const token = tokens.all.get(digest)
  return token === undefined
    ? null
    : { kind: 'token', name: token.name, role: token.role, station: token.station, proof: digest, session: null }
}

export const createGatekeeper = (state: AccessState, fileDigest: () => string): Gatekeeper => ({
  byToken(token, address) {
    const digest = sha256(token)
    const caller = callerOfToken(state, fileDigest, digest)
    if (caller !== null) noteUse(state, digest, address)
    return caller
  },
  bySession(secret) {
    const digest = sha256(secret)
    const caller = callerOfSession(state, fileDigest, digest)
    if (caller !== null) noteUse(state, digest, null)
    return caller
  },
  isCurrent({ session, proof, role }) {
    const found = session === null ? callerOfToken(state, fileDigest, proof) : callerOfSession(state, fileDigest, session)
    return found !== null && found.role === role
  },
  onRevoked: (listener) => void state.revoked.push(listener),
})

export const tellRevoked = ({ revoked }: AccessState): void => {
  for (const listener of revoked) listener()
}
