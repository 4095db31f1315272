// Opens the room: reads people, tokens, sessions and the head of the audit, and wires them. What was used is stored now and then, sessions that
// have ended are removed, and the head of the audit is logged once a day.

import type { Log } from '../log.ts'
import type { Access, AuditAct, AuditValue } from '../ota/ports/access.ts'
import type { Batches, Op } from '../ota/ports/store.ts'
import { instanceNotedKey, lossNotedKey, personPrefix, signInPrefix, tokenPrefix } from './access-keys.ts'
import {
  type AccessState,
  callerOfSession,
  createFileDigest,
  createGatekeeper,
  type PersonRecord,
  type SessionRecord,
  type TokenRecord,
} from './access-state.ts'
import { createAccessWriter, noStep } from './access-writer.ts'
import { createAuditTrail, createChain, headText, readHead } from './audit-trail.ts'
import { createInTurn } from './in-turn.ts'
import { createPeopleAdmin } from './people.ts'
import { openTable, together } from './record-table.ts'
import { createSignIns } from './sign-ins.ts'
import { createTokenAdmin } from './tokens.ts'
import { createPasswordTrial } from './tried-password.ts'
import { createTries } from './tries.ts'

/** A loss of the store that was accepted. */
export interface AcceptedLoss {
  readonly at: number
  readonly facts: { readonly [name: string]: AuditValue }
}

export interface AccessDeps {
  readonly batches: Batches
  readonly fileToken: () => string
  readonly now: () => number
  readonly log: Log
}

export interface OpenAccess extends Access {
  /** Signs in once, as the token of the data directory; null: somebody has signed in already. */
  firstCode(): Promise<string | null>
  /** Stores what was used, and removes sessions that have ended. */
  tidy(): Promise<void>
  /** The head of the audit in the log. */
  logHead(): void
  /** Losses that the audit does not have yet. */
  noteLosses(losses: readonly AcceptedLoss[]): Promise<void>
  /** That the store was restored from a backup, if its id is another one than before. */
  noteInstance(id: string): Promise<void>
  close(): Promise<void>
}

const passwordsWaiting = 20
/** Of one address: a quarter, so that several are needed to keep others out. */
const passwordsOfOne = 5

const has = (value: unknown, names: readonly string[]): boolean =>
  typeof value === 'object' && value !== null && names.every((name) => Object.hasOwn(value, name))
const isToken = (value: unknown): value is TokenRecord => has(value, ['name', 'role', 'createdAt'])
const isPerson = (value: unknown): value is PersonRecord => has(value, ['name', 'role', 'passwordHash'])
const isSession = (value: unknown): value is SessionRecord => has(value, ['kind', 'name', 'proof', 'createdAt', 'usedAt'])

const openState = async ({ batches, fileToken, now }: AccessDeps, writer: AccessState['writer']): Promise<AccessState> => ({
  tokens: await openTable(batches, tokenPrefix, isToken),
  people: await openTable(batches, personPrefix, isPerson),
  sessions: await openTable(batches, signInPrefix, isSession),
  writer,
  now,
  fileDigest: createFileDigest(fileToken),
  uses: new Map(),
  revoked: [],
})

/** What is written of uses since the last time. */
const usesStep = (state: AccessState) => {
  const changes = [...state.uses].flatMap(([digest, { at, from }]) => {
    const token = state.tokens.all.get(digest)
    const session = state.sessions.all.get(digest)
    const person = session?.kind === 'person' ? [...state.people.all].find(([, { name }]) => name === session.name) : undefined
    return [
      ...(token === undefined || token.usedAt === at ? [] : [state.tokens.put(digest, { ...token, usedAt: at, usedFrom: from })]),
      ...(session === undefined || session.usedAt === at ? [] : [state.sessions.put(digest, { ...session, usedAt: at })]),
      ...(person === undefined || person[1].usedAt === at ? [] : [state.people.put(person[0], { ...person[1], usedAt: at })]),
    ]
  })
  return together(changes)
}

const serverAct = (act: string, subject: string, detail: AuditAct['detail']): AuditAct => ({
  kind: 'server',
  name: 'server',
  role: null,
  address: null,
  act,
  subject,
  changes: {},
  detail,
})

export const openAccess = async (deps: AccessDeps): Promise<OpenAccess> => {
  const { batches, log, now } = deps
  const chain = createChain(await readHead(batches), now)
  const writer = createAccessWriter(batches, chain)
  const state = await openState(deps, writer)
  const gate = createGatekeeper(state)
  const trial = createPasswordTrial(createInTurn(passwordsWaiting, passwordsOfOne), createTries(now), log)
  const audit = createAuditTrail({ batches, chain, writer, now, log })
  const tidy = async (): Promise<void> => {
    await writer.write(() => {
      const ended = [...state.sessions.all.keys()].filter((id) => callerOfSession(state, id) === null)
      for (const id of state.uses.keys()) if (!state.tokens.all.has(id) && !state.sessions.all.has(id)) state.uses.delete(id)
      return { ...together([usesStep(state), ...ended.map((id) => state.sessions.remove(id))]), act: null }
    })
  }
  const noteLoss = async ({ at, facts }: AcceptedLoss): Promise<void> => {
    const op: Op = { type: 'put', key: lossNotedKey, value: String(at) }
    await writer.write(() => ({ ...noStep, ops: [op], act: serverAct('acceptLoss', 'store', { at, ...facts }) }))
  }
  const signIns = createSignIns({ state, trial, byToken: gate.byToken })
  return {
    gate,
    signIns,
    tokens: createTokenAdmin(state),
    people: createPeopleAdmin(state, trial),
    audit,
    async firstCode() {
      const caller = state.people.all.size + state.sessions.all.size > 0 ? null : gate.byToken(deps.fileToken(), '')
      return caller === null ? null : (await signIns.newCode({ caller, address: '' })).code
    },
    tidy,
    logHead() {
      const head = chain.head()
      if (head.seq > 0) log.info({ head: headText(head) }, 'the head of the audit: keep it, to verify the audit with it')
    },
    async noteLosses(losses) {
      const noted = Number((await batches.get(lossNotedKey)) ?? -1)
      for (const loss of losses) if (loss.at > noted) await noteLoss(loss)
    },
    async noteInstance(id) {
      const before = await batches.get(instanceNotedKey)
      if (before === id) return
      const ops: readonly Op[] = [{ type: 'put', key: instanceNotedKey, value: id }]
      await writer.write(() => ({ ...noStep, ops, act: before === undefined ? null : serverAct('restore', 'store', {}) }))
    },
    async close() {
      await tidy().catch((err: unknown) => log.warn({ err }, 'when tokens were last used could not be stored'))
      await writer.settled()
    },
  }
}
