// The clients that the settings name: users and anonymous clients, with their rights. A reload makes a new one while the broker runs.

import { faultAt, OtaError } from '../../errors.ts'
import { isPasswordHash } from '../../password.ts'
import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { Settings } from '../../settings.ts'
import { validFilter } from '../wire/filter.ts'
import { filterRights, type Rights } from './access.ts'
import type { Identity } from './identity.ts'

type MqttSettings = Settings['mqtt']
type Filters = Pick<MqttSettings['users'][number], 'publish' | 'subscribe'>

export interface Members {
  isUser(name: string): boolean
  passwordHash(user: string): string | undefined
  anonymousAllowed(): boolean
  /** Null for a client that the settings do not name (any more), and for devices, whose rights are deviceRights'. */
  rightsOf(identity: Identity): Rights | null
}

interface Found {
  readonly path: string
  readonly fault: Sentence
}

const filterFaults = (filters: Filters, path: string): readonly Found[] =>
  (['publish', 'subscribe'] as const).flatMap((kind) =>
    filters[kind].flatMap((filter, at) =>
      validFilter(filter) ? [] : [{ path: `${path}.${kind}[${at}]`, fault: sentence('topic_filter_invalid', { filter }) }],
    ),
  )

const userFaults = (user: MqttSettings['users'][number], path: string, twice: boolean): readonly Found[] => [
  ...filterFaults(user, path),
  ...(twice ? [{ path: `${path}.username`, fault: sentence('username_twice', { username: user.username }) }] : []),
  ...(isPasswordHash(user.passwordHash) ? [] : [{ path: `${path}.passwordHash`, fault: sentence('password_hash_invalid') }]),
]

/** Throws OTA_BAD_SETTINGS with every fault and its path. */
export const checkMembers = ({ users, anonymous }: MqttSettings): void => {
  const found = users.flatMap((user, at) =>
    userFaults(user, `mqtt.users[${at}]`, users.findIndex((other) => other.username === user.username) !== at),
  )
  if (anonymous !== null) found.push(...filterFaults(anonymous, 'mqtt.anonymous'))
  if (found.length === 0) return
  const said = found.map(({ path, fault }) => sentence('mqtt_user_fault', { path, fault }))
  throw new OtaError('OTA_BAD_SETTINGS', sentence('mqtt_users_invalid', { faults: said }), {
    faults: found.map(({ path, fault }) => faultAt(path, fault)),
  })
}

/** Throws what `checkMembers` does. */
export const createMembers = (settings: MqttSettings, isReserved: (topic: string) => boolean): Members => {
  checkMembers(settings)
  const rightsOf = ({ publish, subscribe }: Filters): Rights => filterRights(publish, subscribe, isReserved)
  const users = new Map(settings.users.map((user) => [user.username, { hash: user.passwordHash, rights: rightsOf(user) }]))
  const anonymous = settings.anonymous === null ? null : rightsOf(settings.anonymous)
  return {
    isUser: (name) => users.has(name),
    passwordHash: (user) => users.get(user)?.hash,
    anonymousAllowed: () => anonymous !== null,
    rightsOf(identity) {
      if (identity.kind === 'device') return null
      return identity.kind === 'user' ? (users.get(identity.name)?.rights ?? null) : anonymous
    },
  }
}
