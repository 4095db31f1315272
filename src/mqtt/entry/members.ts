// The clients that the settings name: users and the anonymous, with their rights. May be read anew while the broker runs.

import { type Fault, OtaError } from '../../errors.ts'
import type { Settings } from '../../settings.ts'
import { validFilter } from '../wire/filter.ts'
import { filterRights, type Rights } from './access.ts'
import type { Identity } from './identity.ts'
import { isPasswordHash } from './password.ts'

type MqttSettings = Settings['mqtt']
type Filters = Pick<MqttSettings['users'][number], 'publish' | 'subscribe'>

export interface Members {
  isUser(name: string): boolean
  passwordHash(user: string): string | undefined
  anonymousAllowed(): boolean
  /** Null for a client that the settings do not name (any more), and for devices, whose rights are deviceRights'. */
  rightsOf(identity: Identity): Rights | null
}

const filterFaults = (filters: Filters, path: string): readonly Fault[] =>
  (['publish', 'subscribe'] as const).flatMap((kind) =>
    filters[kind].flatMap((filter, at) =>
      validFilter(filter)
        ? []
        : [
            {
              path: `${path}.${kind}[${at}]`,
              message: `${JSON.stringify(filter)} is no topic filter: "+" stands alone in a level, "#" alone in the last`,
            },
          ],
    ),
  )

const userFaults = (user: MqttSettings['users'][number], path: string, twice: boolean): readonly Fault[] => [
  ...filterFaults(user, path),
  ...(twice ? [{ path: `${path}.username`, message: `${JSON.stringify(user.username)} stands twice` }] : []),
  ...(isPasswordHash(user.passwordHash)
    ? []
    : [{ path: `${path}.passwordHash`, message: 'is no hash as scrypt$N$r$p$salt$hash, made by `fogbell password`' }]),
]

/** Throws OTA_BAD_SETTINGS with every fault and its path. */
export const checkMembers = ({ users, anonymous }: MqttSettings): void => {
  const faults = users.flatMap((user, at) =>
    userFaults(user, `mqtt.users[${at}]`, users.findIndex((other) => other.username === user.username) !== at),
  )
  if (anonymous !== null) faults.push(...filterFaults(anonymous, 'mqtt.anonymous'))
  if (faults.length === 0) return
  const said = faults.map(({ path, message }) => `${path}: ${message}`).join('; ')
  throw new OtaError('OTA_BAD_SETTINGS', said, { faults })
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
