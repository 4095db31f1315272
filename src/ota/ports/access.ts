// Who may use the admin API, and the record of what they did, as the API sees them: types only. Every promise resolves when the change is on
// disk; refusals are `OtaError`s.

import type { PersonRole, Role } from '../../roles.ts'

/** `file`: the token of the data directory. `server`: the server itself, in the audit only. */
export type CallerKind = 'file' | 'token' | 'person' | 'server'

/** Who makes a request. */
export interface Caller {
  readonly kind: CallerKind
  readonly name: string
  readonly role: Role
  /** The station that a token of that role is bound to. */
  readonly station: string | null
  /** The digest of what it proved itself by: of a token, or the hash of a person's password. */
  readonly proof: string
  /** The digest of its session's secret; null: it sent a token. */
  readonly session: string | null
}

export interface TokenFacts {
  readonly name: string
  readonly role: Role
  readonly station: string | null
  readonly createdAt: number
  readonly createdBy: string
  /** Known to the minute while the server runs, to ten minutes over a restart. */
  readonly usedAt: number | null
  readonly usedFrom: string | null
}

export interface PersonFacts {
  readonly name: string
  readonly role: PersonRole
  readonly createdAt: number
  readonly createdBy: string
  readonly usedAt: number | null
  readonly sessions: number
}

/** Who does it, and from which address. */
export interface Actor {
  readonly caller: Caller
  readonly address: string
}

/** What a request proves itself by. */
export interface Gatekeeper {
  /** null: nobody has that token. Costs one hash. */
  byToken(token: string, address: string): Caller | null
  /** null: the session is unknown or has ended. */
  bySession(secret: string): Caller | null
  /** Whether the caller is still who it was, with the same rights. */
  isCurrent(caller: Caller): boolean
  /** OTA_UNAUTHORIZED unless it is. */
  mustBeCurrent(caller: Caller): void
  /** Called after rights were taken away; must not throw. */
  onRevoked(listener: () => void): void
}

export interface NewSession {
  readonly secret: string
  readonly caller: Caller
  /** How long the browser keeps it, seconds. */
  readonly seconds: number
}

export interface SignIns {
  /** A code that signs in once, as the caller. */
  newCode(actor: Actor): Promise<{ readonly code: string; readonly expiresAt: number }>
  byCode(code: string, address: string): Promise<NewSession>
  byToken(token: string, address: string): Promise<NewSession>
  byPassword(name: string, password: string, address: string): Promise<NewSession>
  end(actor: Actor): Promise<void>
  /** Ends all sessions of the caller; how many. */
  endAll(actor: Actor): Promise<number>
  /** Ends all sessions of a person; how many. */
  endOf(person: string, actor: Actor): Promise<number>
}

export interface TokenAdmin {
  list(): readonly TokenFacts[]
  /** The token itself is known only now. */
  add(
    input: { readonly name: string; readonly role: Role; readonly station: string | null },
    actor: Actor,
  ): Promise<TokenFacts & { readonly token: string }>
  remove(name: string, actor: Actor): Promise<void>
}

export interface PeopleAdmin {
  list(): readonly PersonFacts[]
  add(input: { readonly name: string; readonly role: PersonRole; readonly password: string }, actor: Actor): Promise<PersonFacts>
  remove(name: string, actor: Actor): Promise<void>
  setRole(name: string, role: PersonRole, actor: Actor): Promise<PersonFacts>
  /** `current`: the password so far, of a person who changes his own. Ends the person's sessions. */
  setPassword(name: string, input: { readonly password: string; readonly current?: string | undefined }, actor: Actor): Promise<void>
}

/** JSON of what was done; secrets are masked before. */
export type AuditValue = string | number | boolean | null | readonly AuditValue[] | { readonly [name: string]: AuditValue }

/** What was done. */
export interface AuditAct {
  readonly kind: CallerKind
  readonly name: string
  readonly role: Role | null
  readonly address: string | null
  /** One word, the operationId of the route. */
  readonly act: string
  /** What it was done to, such as `campaign 7`; null: to the server. */
  readonly subject: string | null
  /** Field to before and after. */
  readonly changes: { readonly [field: string]: readonly [before: AuditValue, after: AuditValue] }
  /** What else was given. */
  readonly detail: { readonly [name: string]: AuditValue }
}

export interface AuditLine extends AuditAct {
  /** Counts up from 1, without a gap. */
  readonly seq: number
  readonly at: number
  /** The hash of the line before; 64 zeros before the first. */
  readonly prev: string
  /** SHA-256 of all the rest. */
  readonly hash: string
}

export interface AuditQuery {
  /** Exclusive: lines before this one. */
  readonly before: number
  readonly limit: number
  readonly name?: string | undefined
  readonly act?: string | undefined
  /** Begins with this. */
  readonly subject?: string | undefined
  readonly since?: number | undefined
  readonly until?: number | undefined
}

/** What does not fit together. `from` and `to`: the lines that it is about. */
export interface AuditFault {
  readonly kind: 'changed' | 'missing' | 'unlinked' | 'stray' | 'head_missing'
  readonly from: number
  readonly to: number
}

export interface AuditVerdict {
  readonly lines: number
  /** `SEQ:HASH` of the newest line; null: there is none. */
  readonly head: string | null
  readonly faults: readonly AuditFault[]
}

export interface AuditTrail {
  /** Never rejects: what cannot be stored is logged, and stored with the next line. */
  note(act: AuditAct): Promise<void>
  /** Before an act that must not be done without its line: OTA_STORE_FAILED where that cannot be stored. */
  noteFirst(act: AuditAct): Promise<void>
  /** Newest first. */
  list(query: AuditQuery): Promise<{ readonly items: readonly AuditLine[]; readonly next: number | null }>
  /** `head`: one that was noted before, `SEQ:HASH` or the hash alone. */
  verify(head: string | null): Promise<AuditVerdict>
}

export interface Access {
  readonly gate: Gatekeeper
  readonly signIns: SignIns
  readonly tokens: TokenAdmin
  readonly people: PeopleAdmin
  readonly audit: AuditTrail
}
