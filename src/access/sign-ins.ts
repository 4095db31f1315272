// Sessions of browsers: begun by a one-time code, a name and a password, or a token; kept as digests of their secrets. Knows no cookie.

import { OtaError } from '../errors.ts'
import type { Actor, Caller, NewSession, SignIns } from '../ota/ports/access.ts'
import { hashPassword, verifyPassword } from '../password.ts'
import { sentence } from '../sentences/sentence.ts'
import { nameKey } from './access-keys.ts'
import { type AccessState, longestMs, type SessionRecord, tellRevoked } from './access-state.ts'
import { actOf } from './acts.ts'
import { newSecret, sha256 } from './digests.ts'
import type { InTurn } from './in-turn.ts'
import { mustFindPerson, sessionsOf } from './people.ts'
import { together } from './record-table.ts'
import type { Tries } from './tries.ts'

const codeMs = 15 * 60_000
const mostCodes = 100
const mostSessions = 50
/** As long as browsers keep a cookie. */
const endlessSeconds = 400 * 86_400

export interface SignInsDeps {
  readonly state: AccessState
  readonly inTurn: InTurn
  readonly tries: Tries
  readonly byToken: (token: string, address: string) => Caller | null
  readonly isCurrent: (caller: Caller) => boolean
}

const wrong = (): OtaError => new OtaError('OTA_UNAUTHORIZED', sentence('sign_in_wrong'))

const isSame = (session: SessionRecord, { kind, name, proof }: Caller): boolean =>
  session.kind === kind && (kind === 'person' ? nameKey(session.name) === nameKey(name) : session.proof === proof)

const ownSessions = ({ sessions }: AccessState, caller: Caller): readonly string[] =>
  [...sessions.all].filter(([, session]) => isSame(session, caller)).map(([id]) => id)

/** A session of the caller; beyond a number the oldest one ends. */
const begin = async (state: AccessState, caller: Caller, address: string, how: string): Promise<NewSession> => {
  if (caller.kind === 'server' || caller.role === 'station') throw new OtaError('OTA_FORBIDDEN', sentence('station_signs_in_nowhere'))
  const secret = newSecret()
  const digest = sha256(secret)
  const { kind, name, proof } = caller
  const at = state.now()
  const session: SessionRecord = { kind, name, proof, createdAt: at, usedAt: at, from: address }
  await state.writer.write(() => {
    const own = ownSessions(state, caller)
    const over = own.slice(0, Math.max(0, own.length - mostSessions + 1)).map((id) => state.sessions.remove(id))
    const act = actOf({ caller, address }, 'signIn', null, { detail: { by: how } })
    return { ...together([...over, state.sessions.put(digest, session)]), act }
  })
  const seconds = kind === 'token' && caller.role === 'viewer' ? endlessSeconds : longestMs / 1000
  return { secret, caller: { ...caller, session: digest }, seconds }
}

const endAll = async (state: AccessState, find: () => readonly string[], actor: Actor, subject: string | null): Promise<number> => {
  let count = 0
  await state.writer.write(() => {
    const ids = find()
    count = ids.length
    const act = actOf(actor, 'signOutEverywhere', subject, { detail: { sessions: count } })
    return { ...together(ids.map((id) => state.sessions.remove(id))), act }
  })
  tellRevoked(state)
  return count
}

interface Code {
  readonly caller: Caller
  readonly expiresAt: number
}

export const createSignIns = ({ state, inTurn, tries, byToken, isCurrent }: SignInsDeps): SignIns => {
  const codes = new Map<string, Code>()
  /** Takes as long as a name that is known. */
  let decoy: Promise<string> | undefined
  const decoyHash = (): Promise<string> => {
    decoy ??= hashPassword(newSecret())
    return decoy
  }
  const take = (code: string): Code | undefined => {
    const digest = sha256(code)
    const found = codes.get(digest)
    codes.delete(digest)
    return found !== undefined && state.now() < found.expiresAt && isCurrent(found.caller) ? found : undefined
  }
  const counted = async <T>(address: string, name: string, prove: () => Promise<T | null> | T | null): Promise<T> => {
    tries.check(address, name)
    const found = await prove()
    if (found === null) {
      tries.wrong(address, name)
      throw wrong()
    }
    tries.right(address, name)
    return found
  }
  return {
    newCode({ caller }) {
      const code = newSecret()
      const expiresAt = state.now() + codeMs
      codes.set(sha256(code), { caller, expiresAt })
      for (const oldest of codes.keys()) {
        if (codes.size <= mostCodes) break
        codes.delete(oldest)
      }
      return { code, expiresAt }
    },
    async byCode(code, address) {
      const { caller } = await counted(address, '(code)', () => take(code) ?? null)
      return begin(state, caller, address, 'code')
    },
    async byToken(token, address) {
      const caller = await counted(address, '(token)', () => byToken(token, address))
      return begin(state, caller, address, 'token')
    },
    async byPassword(name, password, address) {
      const person = await counted(address, nameKey(name), async () => {
        const known = state.people.all.get(nameKey(name))
        const isRight = await inTurn(async () => {
          // Others may have been wrong while this one waited.
          tries.check(address, nameKey(name))
          return verifyPassword(password, known?.passwordHash ?? (await decoyHash()))
        })
        return known !== undefined && isRight ? known : null
      })
      const proof = sha256(person.passwordHash)
      const caller: Caller = { kind: 'person', name: person.name, role: person.role, station: null, proof, session: null }
      return begin(state, caller, address, 'password')
    },
    async end(actor) {
      const { session } = actor.caller
      if (session === null) return
      await state.writer.write(() => ({ ...state.sessions.remove(session), act: actOf(actor, 'signOut', null) }))
      tellRevoked(state)
    },
    endAll: (actor) => endAll(state, () => ownSessions(state, actor.caller), actor, null),
    endOf: async (person, actor) => {
      const { name } = mustFindPerson(state, person)
      return endAll(state, () => sessionsOf(state, name), actor, `user ${name}`)
    },
  }
}
