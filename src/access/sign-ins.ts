// Sessions of browsers: begun by a one-time code, a name and a password, or a token; kept as digests of their secrets. Knows no cookie.

import { OtaError } from '../errors.ts'
import type { Actor, Caller, NewSession, SignIns } from '../ota/ports/access.ts'
import { sentence } from '../sentences/sentence.ts'
import { nameKey } from './access-keys.ts'
import { type AccessState, isEndless, longestMs, type SessionRecord, tellRevoked, writeAs } from './access-state.ts'
import { noStep } from './access-writer.ts'
import { actOf } from './acts.ts'
import { newSecret, sha256 } from './digests.ts'
import { mustFindPerson, sessionsOf } from './people.ts'
import { together } from './record-table.ts'
import { createSignInCodes } from './sign-in-codes.ts'
import type { PasswordTrial } from './tried-password.ts'

const mostSessions = 50
/** As long as browsers keep a cookie. */
const endlessSeconds = 400 * 86_400

export interface SignInsDeps {
  readonly state: AccessState
  readonly trial: PasswordTrial
  readonly byToken: (token: string, address: string) => Caller | null
}

const wrong = (): OtaError => new OtaError('OTA_UNAUTHORIZED', sentence('sign_in_wrong'))

const isSame = (session: SessionRecord, { kind, name, proof }: Caller): boolean =>
  session.kind === kind && (kind === 'person' ? nameKey(session.name) === nameKey(name) : session.proof === proof)

const ownSessions = ({ sessions }: AccessState, caller: Caller): readonly string[] =>
  [...sessions.all].filter(([, session]) => isSame(session, caller)).map(([id]) => id)

/** Of a code that was made in a session: the new one ends when that would have, or else it could be prolonged without end. */
const begunAt = ({ sessions, now }: AccessState, { session }: Caller): number =>
  (session === null ? undefined : sessions.all.get(session)?.createdAt) ?? now()

/** A session of the caller; beyond a number the oldest one ends. */
const begin = async (state: AccessState, caller: Caller, address: string, how: string): Promise<NewSession> => {
  if (caller.kind === 'server' || caller.role === 'station') throw new OtaError('OTA_FORBIDDEN', sentence('station_signs_in_nowhere'))
  const secret = newSecret()
  const digest = sha256(secret)
  const { kind, name, proof } = caller
  const [createdAt, usedAt] = [begunAt(state, caller), state.now()]
  const session: SessionRecord = { kind, name, proof, createdAt, usedAt, from: address }
  await writeAs(state, { caller, address }, () => {
    const own = ownSessions(state, caller)
    const over = own.slice(0, Math.max(0, own.length - mostSessions + 1)).map((id) => state.sessions.remove(id))
    const act = actOf({ caller, address }, 'signIn', null, { detail: { by: how } })
    return { ...together([...over, state.sessions.put(digest, session)]), act }
  })
  const seconds = isEndless(session, caller.role) ? endlessSeconds : Math.ceil((createdAt + longestMs - usedAt) / 1000)
  return { secret, caller: { ...caller, session: digest }, seconds }
}

const endAll = async (state: AccessState, find: () => readonly string[], actor: Actor, subject: string | null): Promise<number> => {
  let count = 0
  await writeAs(state, actor, () => {
    const ids = find()
    count = ids.length
    const act = actOf(actor, 'signOutEverywhere', subject, { detail: { sessions: count } })
    return { ...together(ids.map((id) => state.sessions.remove(id))), act }
  })
  tellRevoked(state)
  return count
}

export const createSignIns = ({ state, trial, byToken }: SignInsDeps): SignIns => {
  const codes = createSignInCodes(state)
  /** Of what nobody can guess a right one always counts, so that wrong ones of a neighbour behind the same address pause nobody else. */
  const proved = (address: string, name: string, caller: Caller | null): Caller => {
    if (caller !== null) return caller
    trial.tries.check(address, name)
    trial.wrong(address, name, null)
    throw wrong()
  }
  return {
    async newCode(actor) {
      await writeAs(state, actor, () => ({ ...noStep, act: actOf(actor, 'newSignInCode', null) }))
      return codes.make(actor.caller)
    },
    byCode: async (code, address) => begin(state, proved(address, '(code)', codes.take(code)), address, 'code'),
    byToken: async (token, address) => begin(state, proved(address, '(token)', byToken(token, address)), address, 'token'),
    async byPassword(name, password, address) {
      const key = nameKey(name)
      const person = state.people.all.get(key)
      const isRight = await trial.isRight({ address, key, password, hash: person?.passwordHash ?? null })
      if (person === undefined || !isRight) throw wrong()
      const proof = sha256(person.passwordHash)
      const caller: Caller = { kind: 'person', name: person.name, role: person.role, station: null, proof, session: null }
      return begin(state, caller, address, 'password')
    },
    async end(actor) {
      const { session } = actor.caller
      if (session === null) return
      await writeAs(state, actor, () => ({ ...state.sessions.remove(session), act: actOf(actor, 'signOut', null) }))
      tellRevoked(state)
    },
    endAll(actor) {
      codes.dropOf(actor.caller)
      return endAll(state, () => ownSessions(state, actor.caller), actor, null)
    },
    endOf: async (person, actor) => {
      const { name } = mustFindPerson(state, person)
      return endAll(state, () => sessionsOf(state, name), actor, `user ${name}`)
    },
  }
}
