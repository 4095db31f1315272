// Tokens of programs: made, listed, removed. The token itself is shown once and kept as its digest.

import { OtaError } from '../errors.ts'
import type { TokenAdmin, TokenFacts } from '../ota/ports/access.ts'
import { sentence } from '../sentences/sentence.ts'
import { nameKey } from './access-keys.ts'
import { type AccessState, fileTokenName, type TokenRecord, tellRevoked, writeAs } from './access-state.ts'
import { actOf, asGone, asNew } from './acts.ts'
import { newSecret, sha256 } from './digests.ts'
import { together } from './record-table.ts'

const factsOf = ({ uses }: AccessState, digest: string, record: TokenRecord): TokenFacts => {
  const use = uses.get(digest)
  return use === undefined ? record : { ...record, usedAt: use.at, usedFrom: use.from }
}

const find = ({ tokens }: AccessState, name: string): readonly [digest: string, record: TokenRecord] | undefined =>
  [...tokens.all].find(([, record]) => nameKey(record.name) === nameKey(name))

const mustFind = (state: AccessState, name: string): readonly [digest: string, record: TokenRecord] => {
  const found = find(state, name)
  if (found !== undefined) return found
  if (nameKey(name) === fileTokenName) throw new OtaError('OTA_CONFLICT', sentence('token_of_file_stays'))
  throw new OtaError('OTA_TOKEN_UNKNOWN', sentence('token_unknown', { name }))
}

const mustBeNew = (state: AccessState, name: string): void => {
  if (find(state, name) === undefined && nameKey(name) !== fileTokenName) return
  throw new OtaError('OTA_TOKEN_EXISTS', sentence('token_exists', { name }))
}

export const sessionsBy = ({ sessions }: AccessState, proof: string): readonly string[] =>
  [...sessions.all].filter(([, session]) => session.proof === proof).map(([id]) => id)

export const createTokenAdmin = (state: AccessState): TokenAdmin => ({
  list: () => [...state.tokens.all].map(([digest, record]) => factsOf(state, digest, record)).sort((a, b) => (a.name < b.name ? -1 : 1)),
  async add({ name, role, station }, actor) {
    const token = newSecret()
    const record: TokenRecord = {
      name: name.normalize('NFC'),
      role,
      station,
      createdAt: state.now(),
      createdBy: actor.caller.name,
      usedAt: null,
      usedFrom: null,
    }
    await writeAs(state, actor, () => {
      mustBeNew(state, name)
      const act = actOf(actor, 'addToken', `token ${record.name}`, { changes: asNew({ role, station }) })
      return { ...state.tokens.put(sha256(token), record), act }
    })
    return { ...record, token }
  },
  async remove(name, actor) {
    await writeAs(state, actor, () => {
      const [digest, { role, station, ...record }] = mustFind(state, name)
      const ended = sessionsBy(state, digest).map((id) => state.sessions.remove(id))
      const act = actOf(actor, 'removeToken', `token ${record.name}`, { changes: asGone({ role, station }) })
      return { ...together([state.tokens.remove(digest), ...ended]), act }
    })
    tellRevoked(state)
  },
})
