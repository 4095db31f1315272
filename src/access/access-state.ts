// What the room keeps: tokens by their digest, people by their name, sessions by the digest of their secret. Whose a token or a session
// is, is found here. Knows no disk but through its tables.

import { OtaError } from '../errors.ts'
import type { Actor, Caller, Gatekeeper, PersonFacts, TokenFacts } from '../ota/ports/access.ts'
import type { Role } from '../roles.ts'
import { sentence } from '../sentences/sentence.ts'
import { nameKey } from './access-keys.ts'
import type { AccessWriter, WriteStep } from './access-writer.ts'
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
  /** Of the token of the data directory. */
  readonly fileDigest: () => string
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
const ownerOf = (state: AccessState, { kind, name, proof }: Pick<Caller, 'kind' | 'name' | 'proof'>): Found | null => {
  if (kind === 'file') return proof === state.fileDigest() ? { role: 'admin', station: null } : null
  if (kind === 'token') return state.tokens.all.get(proof) ?? null
  const person = state.people.all.get(nameKey(name))
  return person === undefined || sha256(person.passwordHash) !== proof ? null : { role: person.role, station: null }
}

export const callerOfSession = (state: AccessState, digest: string): Caller | null => {
  const session = state.sessions.all.get(digest)
  if (session === undefined) return null
  const found = ownerOf(state, session)
  if (found === null || (!isEndless(session, found.role) && isOver(state, digest, session))) return null
  const { kind, name, proof } = session
  return { kind, name, role: found.role, station: found.station, proof, session: digest }
}

/** Whether the caller is still who it was, with the same rights. */
export const isCurrent = (state: AccessState, caller: Caller): boolean => {
  const found = caller.session === null ? ownerOf(state, caller) : callerOfSession(state, caller.session)
  return found !== null && found.role === caller.role
}

/** OTA_UNAUTHORIZED for a caller whose rights were taken away since it was let in. */
export const mustBeCurrent = (state: AccessState, caller: Caller): void => {
  if (!isCurrent(state, caller)) throw new OtaError('OTA_UNAUTHORIZED', sentence('rights_changed'))
}

const callerOfToken = ({ tokens, fileDigest }: AccessState, digest: string): Caller | null => {
  if (digest === fileDigest()) return { kind: 'file', name: fileTokenName, role: 'admin', station: null, proof: digest, session: null }
  const token = tokens.all.get(digest)
  return token === undefined
    ? null
    : { kind: 'token', name: token.name, role: token.role, station: token.station, proof: digest, session: null }
}

export const createGatekeeper = (state: AccessState): Gatekeeper => ({
  byToken(token, address) {
    const digest = sha256(token)
    const caller = callerOfToken(state, digest)
    if (caller !== null) noteUse(state, digest, address)
    return caller
  },
  bySession(secret) {
    const digest = sha256(secret)
    const caller = callerOfSession(state, digest)
    if (caller !== null) noteUse(state, digest, null)
    return caller
  },
  mustBeCurrent: (caller) => mustBeCurrent(state, caller),
  isCurrent: (caller) => isCurrent(state, caller),
  onRevoked: (listener) => void state.revoked.push(listener),
})

/** What `actor` wants to have written, if it may still want that when its turn comes. */
export const writeAs = (state: AccessState, { caller }: Actor, plan: () => WriteStep): Promise<void> =>
  state.writer.write(() => {
    mustBeCurrent(state, caller)
    return plan()
  })

export const tellRevoked = ({ revoked }: AccessState): void => {
  for (const listener of revoked) listener()
}
