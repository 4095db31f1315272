// fogbell migrate aedes: the data of a broker on Aedes and aedes-persistence-level, read from a copy, into an empty data directory. Opens
// both, and knows neither's rows.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'

import { join, resolve } from 'node:path'
import { markData } from '../data-open.ts'

import { type Fault, faultAt, OtaError } from '../errors.ts'
import { isRefusal } from '../mqtt/entry/identity.ts'
import { type AedesData, type AedesDatabase, readAedes } from '../mqtt/migration/aedes-data.ts'
import {
  type MigrateDeps,
  migrateAedesData,
  type PlacedSessions,
  placeSessions,
  type Unplaced,
} from '../mqtt/migration/migrate-aedes-data.ts'
import { createPlacing, identityOf } from '../mqtt/migration/placing.ts'
import type { MigrationReport } from '../mqtt/migration/report.ts'
import { fogcloud } from '../ota/dialects/fogcloud.ts'
import type { SessionRows } from '../ota/ports/session-rows.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import type { Settings } from '../settings.ts'
import { openLevel } from '../store/level.ts'
import { openStore } from '../store/records.ts'
import { checkFresh, checkOutside, fillFresh } from './fresh-data.ts'
import { checkSource, readCopy } from './source-copy.ts'
import { readUsernameMap } from './username-map.ts'

export interface AedesMigrationOptions {
  /** The LevelDB directory. */
  readonly source: string
  /** Those that the new server will run with: where its data are, its users and bounds. */
  readonly settings: Pick<Settings, 'dataDir' | 'mqtt'>
  /** The text of the file with the clients' usernames. */
  readonly map: string
  /** The username of clients that no other rule assigns, empty for none; null: they are not assigned. */
  readonly others: string | null
  /** Leave out sessions that no rule assigns, instead of refusing. */
  readonly skipUnplaced: boolean
  /** Read and report, and write nothing. */
  readonly dryRun: boolean
  readonly now: number
}

export interface AedesMigration extends MigrationReport {
  readonly source: string
  readonly dataDir: string
  readonly dryRun: boolean
  /** What the migration is refused with, if this is a dry run; anything else throws it. */
  readonly refusal: OtaError | null
}

const named = 5
const maxFaults = 100

type IsUser = (name: string) => boolean

const isUserOf = ({ mqtt }: AedesMigrationOptions['settings']): IsUser => {
  const names = new Set(mqtt.users.map(({ username }) => username))
  return (name) => names.has(name)
}

const createUsernameFault =
  (isUser: IsUser) =>
  (client: string, username: string): Sentence | null => {
    const identity = identityOf(client, username, isUser)
    return isRefusal(identity) ? sentence('migrate_user_invalid', { username, why: identity.text }) : null
  }

/** OTA_BAD_REQUEST for usernames that no client can have. */
const rulesOf = ({ map, others, settings }: AedesMigrationOptions) => {
  const isUser = isUserOf(settings)
  const usernameFault = createUsernameFault(isUser)
  const usernames = map === '' ? new Map<string, string>() : readUsernameMap(map, usernameFault)
  const fault = others === null ? null : usernameFault('', others)
  if (fault !== null) throw new OtaError('OTA_BAD_REQUEST', fault)
  return { isUser, usernames, place: createPlacing({ usernames, others }, isUser, fogcloud.topicsOf) }
}

type Rules = ReturnType<typeof rulesOf>

/** Warnings about clients that will not reach their sessions. */
const accessWarnings = ({ settings }: AedesMigrationOptions, { isUser, usernames }: Rules, data: AedesData, { placed }: PlacedSessions) => {
  const warnings: Fault[] = []
  const unknown = placed.flatMap(({ identity }) => (identity.kind === 'user' && !isUser(identity.name) ? [identity.name] : []))
  const anonymous = placed.filter(({ identity }) => identity.kind === 'anonymous').length
  const clients = new Set(data.survey.clients)
  const unused = [...usernames.keys()].filter((client) => !clients.has(client))
  if (unknown.length > 0) {
    const names = [...new Set(unknown)].slice(0, named)
    warnings.push(faultAt('mqtt.users', sentence('migrate_unknown_users', { count: unknown.length, names })))
  }
  if (anonymous > 0 && settings.mqtt.anonymous === null)
    warnings.push(faultAt('mqtt.anonymous', sentence('migrate_no_anonymous', { count: anonymous })))
  if (unused.length > 0)
    warnings.push(faultAt('--map', sentence('migrate_map_unused', { count: unused.length, clients: unused.slice(0, named) })))
  return warnings
}

const unplacedFault = ({ client, filters, count }: Unplaced): Fault =>
  faultAt(client, sentence('migrate_unplaced_client', { count, filters, more: count - filters.length }))

const refusalOf = ({ skipUnplaced }: AedesMigrationOptions, { unplaced }: PlacedSessions): OtaError | null => {
  if (skipUnplaced || unplaced.length === 0) return null
  const faults = unplaced.slice(0, maxFaults).map(unplacedFault)
  return new OtaError('OTA_BAD_REQUEST', sentence('migrate_unplaced', { count: unplaced.length }), { faults })
}

type Rows = Pick<SessionRows, 'commit'>
type Migrated = MigrationReport & Pick<AedesMigration, 'refusal'>

/** Reads the copy in `scratch` and writes to the rows that `write` opens, once it is known that there is something to write. */
const migrate = (
  options: AedesMigrationOptions,
  scratch: string,
  write: (fill: (rows: Rows) => Promise<MigrationReport>) => Promise<MigrationReport>,
): Promise<Migrated> => {
  const { source, settings, dryRun, now } = options
  const rules = rulesOf(options)
  return readCopy(source, scratch, async (db: AedesDatabase) => {
    const data = await readAedes(db)
    const { keys, strangers } = data.survey
    if (keys === strangers) throw new OtaError('OTA_STORE_UNREADABLE', sentence('migrate_not_aedes', { source }))
    const deps: Omit<MigrateDeps, 'rows'> = { data, place: rules.place, isReserved: fogcloud.isReserved, settings: settings.mqtt, now }
    const sessions = await placeSessions(deps)
    const refusal = refusalOf(options, sessions)
    if (refusal !== null && !dryRun) throw refusal
    const report = await write((rows) => migrateAedesData({ ...deps, rows }, sessions))
    return { ...report, refusal, warnings: [...accessWarnings(options, rules, data, sessions), ...report.warnings] }
  })
}

const rehearse = async (options: AedesMigrationOptions): Promise<Migrated> => {
  const scratch = await mkdtemp(join(tmpdir(), 'fogbell-migrate-'))
  const nowhere: Rows = { commit: () => Promise.resolve() }
  try {
    return await migrate(options, scratch, (fill) => fill(nowhere))
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

const perform = (options: AedesMigrationOptions): Promise<Migrated> =>
  fillFresh(options.settings.dataDir, (temporary) =>
    migrate(options, temporary, async (fill) => {
      const { batches, sessions } = await openLevel(join(temporary, 'store'))
      try {
        await markData(temporary, await openStore(batches))
        return await fill(sessions)
      } finally {
        await batches.close()
      }
    }),
  )

/**
 * OTA_STORE_UNREADABLE or OTA_STORE_LOCKED of the source, OTA_DATA_DIR of the data directory, OTA_BAD_REQUEST for usernames and for sessions
 * that no rule assigns. After any error the source is unchanged and the data directory as empty as before.
 */
export const migrateAedes = async (options: AedesMigrationOptions): Promise<AedesMigration> => {
  const { source, settings, dryRun } = options
  const [from, dataDir] = [resolve(source), resolve(settings.dataDir)]
  await checkSource(source)
  await checkOutside(settings.dataDir, source)
  await checkFresh(settings.dataDir)
  const report = await (dryRun ? rehearse(options) : perform(options))
  return { source: from, dataDir, dryRun, ...report }
}
