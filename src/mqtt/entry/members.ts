// The clients that the settings name: users and the anonymous, with their rights. May be read anew while the broker runs.

import { type Fault, OtaError } from '../../errors.ts'
import type { Settings } from '../../settings.ts'
import { validFilter } from '../wire/filter.ts'
import { deviceRights, filterRights, type Rights } from './access.ts'
import type { Identity } from './identity.ts'
import { isPasswordHash } from './password.ts'

type MqttSettings = Settings['mqtt']
type Filters = Pick<MqttSettings['users'][number], 'publish' | 'subscribe'>

export interface Members {
  isUser(name: string): boolean
  passwordHash(user: string): string | undefined
  anonymousAllowed(): boolean
  /** Null where the settings do not know it (any more). */
  rightsOf(identity: Identity): Rights | null
  /** Whether anybody but devices may subscribe to anything. */
  readonly listen: boolean
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

const checkMembers = ({ users, anonymous }: MqttSettings): void => {
  const faults = users.flatMap((user, at) =>
    userFaults(user, `mqtt.users[${at}]`, users.findIndex((other) => other.username === user.username) !== at),
  )
  if (anonymous !== null) faults.push(...filterFaults(anonymous, 'mqtt.anonymous'))
  if (faults.length === 0) return
  const said = faults.map(({ path, message }) => `${path}: ${message}`).join('; ')
  throw new OtaError('OTA_BAD_SETTINGS', said, { faults })
}

/** Throws OTA_BAD_SETTINGS with every fault and its path. */
export const createMembers = (settings: MqttSettings): Members => {
  checkMembers(settings)
  const users = new Map(
    settings.users.map((user) => [user.username, { hash: user.passwordHash, rights: filterRights(user.publish, user.subscribe) }]),
  )
  const anonymous = settings.anonymous === null ? null : filterRights(settings.anonymous.publish, settings.anonymous.subscribe)
  return {
    isUser: (name) => users.has(name),
    passwordHash: (user) => users.get(user)?.hash,
    anonymousAllowed: () => anonymous !== null,
    listen: [...settings.users, settings.anonymous].some((each) => each !== null && each.subscribe.length > 0),
    rightsOf(identity) {
      if (identity.kind === 'device') return deviceRights(identity.product, identity.name)
      return identity.kind === 'user' ? (users.get(identity.name)?.rights ?? null) : anonymous
    },
  }
}
