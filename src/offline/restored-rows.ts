// What a restore changes in the rows of a backup: a new id of the store, ids above all that the old server may have given out since, no
// MQTT sessions, so that nothing late of the old life meets the new one, and nobody signed in. Everything else stays as it is, open runs of
// test stations too: they end by their clocks. Pure.

import { signInPrefix } from '../access/access-keys.ts'
import { instanceSecret } from '../data-check.ts'
import { readRow } from '../mqtt/sessions/rows.ts'
import type { RawRow } from '../ota/ports/snapshot.ts'
import { lastRunKey, runPrefixes } from '../station/station-keys.ts'
import { formatKey, gapKey, lastKey, secretKey } from '../store/keys.ts'
import { sessionPrefix } from '../store/session-store.ts'

/** More than a server gives out between its last backup and its end. */
export const idGap = 1_000_000

/** Tables whose records have ids, and the beginnings of their keys. */
const tables = { firmware: ['firmware/'], campaign: ['campaign/'], task: ['open/', 'ended/'], run: runPrefixes } as const
type Table = keyof typeof tables
const tableNames = ['firmware', 'campaign', 'task', 'run'] as const

/** The row with the highest id that was given out. */
const counterOf = (table: Table): string => (table === 'run' ? lastRunKey : lastKey(table))

const tableOf = (key: string): Table | undefined => tableNames.find((table) => tables[table].some((beginning) => key.startsWith(beginning)))

export interface RestoredRows {
  /** Of rows of the backup, those that are written. */
  kept(rows: readonly RawRow[]): RawRow[]
  /** What is written after all of them. */
  last(): RawRow[]
  /** The format of the store; null: it has no such row, or one that is no number. */
  format(): number | null
}

const rowOf = (key: string, value: string): RawRow => [Buffer.from(key), Buffer.from(value)]

const isKeptSession = (key: string, value: Buffer): boolean => readRow(key.slice(sessionPrefix.length), value)?.kind === 'retained'

export const createRestoredRows = (instance: string): RestoredRows => {
  const highest: { [table in Table]: number } = { firmware: 0, campaign: 0, task: 0, run: 0 }
  let format: number | null = null
  const note = (table: Table, id: number): void => {
    if (Number.isSafeInteger(id)) highest[table] = Math.max(highest[table], id)
  }
  const keep = (row: RawRow): boolean => {
    const [bytes, value] = row
    const key = bytes.toString()
    if (key.startsWith(sessionPrefix)) return isKeptSession(key, value)
    if (key === secretKey(instanceSecret) || key.startsWith(signInPrefix)) return false
    const counter = tableNames.find((table) => counterOf(table) === key)
    if (counter !== undefined) note(counter, Number(value.toString()))
    if (counter !== undefined) return false
    const table = tableOf(key)
    if (table !== undefined) note(table, Number(key.slice(key.lastIndexOf('/') + 1)))
    if (key === formatKey) format = Number(value.toString())
    return true
  }
  return {
    kept: (rows) => rows.filter(keep),
    last: () => [
      rowOf(secretKey(instanceSecret), instance),
      ...tableNames.map((table) => rowOf(counterOf(table), String(highest[table] + idGap))),
      // Else the tasks of before would count as a million ids old, and be removed.
      rowOf(gapKey(highest.task), String(highest.task + idGap)),
    ],
    format: () => (format !== null && Number.isSafeInteger(format) && format >= 1 ? format : null),
  }
}
