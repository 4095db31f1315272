// People: added, listed, removed, their roles and passwords. Passwords are kept as scrypt hashes, made one at a time.

import { faultAt, OtaError } from '../errors.ts'
import type { Actor, PeopleAdmin, PersonFacts } from '../ota/ports/access.ts'
import { hashPassword } from '../password.ts'
import { sentence } from '../sentences/sentence.ts'
import { nameKey } from './access-keys.ts'
import { type AccessState, type PersonRecord, tellRevoked, writeAs } from './access-state.ts'
import { actOf, asGone, asNew, masked } from './acts.ts'
import { together } from './record-table.ts'
import type { PasswordTrial } from './tried-password.ts'

export const sessionsOf = ({ sessions }: AccessState, name: string): readonly string[] =>
  [...sessions.all].filter(([, session]) => session.kind === 'person' && nameKey(session.name) === nameKey(name)).map(([id]) => id)

const endSessions = (state: AccessState, name: string) => sessionsOf(state, name).map((id) => state.sessions.remove(id))

const factsOf = (state: AccessState, { passwordHash: _hash, ...record }: PersonRecord): PersonFacts => {
  const ids = sessionsOf(state, record.name)
  const used = [record.usedAt, ...ids.map((id) => state.uses.get(id)?.at ?? null)].filter((at) => at !== null)
  return { ...record, usedAt: used.length === 0 ? null : Math.max(...used), sessions: ids.length }
}

export const mustFindPerson = ({ people }: AccessState, name: string): PersonRecord => {
  const found = people.all.get(nameKey(name))
  if (found === undefined) throw new OtaError('OTA_USER_UNKNOWN', sentence('user_unknown', { name }))
  return found
}

/** Whoever has the file can always make a person anew; but nobody else could let anybody in. */
const keepAdmin = ({ people }: AccessState, { name, role }: PersonRecord): void => {
  const others = [...people.all.values()].filter((other) => other.role === 'admin' && other.name !== name)
  if (role === 'admin' && others.length === 0) throw new OtaError('OTA_LAST_ADMIN', sentence('last_admin_stays', { name }))
}

/** Whether this person changes the own password, which needs the current one: a session that was left open must not be enough. */
const isSelf = ({ caller }: Actor, { name }: PersonRecord): boolean => caller.kind === 'person' && nameKey(caller.name) === nameKey(name)

export const createPeopleAdmin = (state: AccessState, trial: PasswordTrial): PeopleAdmin => {
  const checkCurrent = async (actor: Actor, person: PersonRecord, current: string | undefined): Promise<void> => {
    if (!isSelf(actor, person)) return
    if (current === undefined)
      throw new OtaError('OTA_BAD_REQUEST', sentence('password_current_missing'), {
        faults: [faultAt('current', sentence('field_missing'))],
      })
    const given = { address: actor.address, key: nameKey(person.name), password: current, hash: person.passwordHash }
    if (!(await trial.isRight(given))) throw new OtaError('OTA_FORBIDDEN', sentence('password_current_wrong'))
  }
  return {
    list: () => [...state.people.all.values()].map((record) => factsOf(state, record)).sort((a, b) => (a.name < b.name ? -1 : 1)),
    async add({ name, role, password }, actor) {
      const mustBeNew = (): void => {
        if (state.people.all.has(nameKey(name))) throw new OtaError('OTA_USER_EXISTS', sentence('user_exists', { name }))
      }
      mustBeNew()
      const passwordHash = await trial.inTurn(actor.address, () => hashPassword(password))
      const [createdAt, createdBy] = [state.now(), actor.caller.name]
      const record: PersonRecord = { name: name.normalize('NFC'), role, passwordHash, createdAt, createdBy, usedAt: null }
      await writeAs(state, actor, () => {
        mustBeNew()
        const act = actOf(actor, 'addUser', `user ${record.name}`, { changes: asNew({ role }), detail: { password: masked } })
        return { ...state.people.put(nameKey(name), record), act }
      })
      return factsOf(state, record)
    },
    async remove(name, actor) {
      await writeAs(state, actor, () => {
        const person = mustFindPerson(state, name)
        keepAdmin(state, person)
        const act = actOf(actor, 'removeUser', `user ${person.name}`, { changes: asGone({ role: person.role }) })
        return { ...together([state.people.remove(nameKey(name)), ...endSessions(state, name)]), act }
      })
      tellRevoked(state)
    },
    async setRole(name, role, actor) {
      await writeAs(state, actor, () => {
        const person = mustFindPerson(state, name)
        if (role !== 'admin') keepAdmin(state, person)
        const act = actOf(actor, 'setUserRole', `user ${person.name}`, { changes: { role: [person.role, role] } })
        return { ...state.people.put(nameKey(name), { ...person, role }), act }
      })
      tellRevoked(state)
      return factsOf(state, mustFindPerson(state, name))
    },
    async setPassword(name, { password, current }, actor) {
      await checkCurrent(actor, mustFindPerson(state, name), current)
      const passwordHash = await trial.inTurn(actor.address, () => hashPassword(password))
      await writeAs(state, actor, () => {
        const person = mustFindPerson(state, name)
        const act = actOf(actor, 'setUserPassword', `user ${person.name}`, { changes: { password: [masked, masked] } })
        return { ...together([state.people.put(nameKey(name), { ...person, passwordHash }), ...endSessions(state, name)]), act }
      })
      tellRevoked(state)
    },
  }
}
