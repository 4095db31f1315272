// Logs for tests: one that keeps its entries, and one that drops them.

import type { Log } from '../../src/log.ts'

export interface LogEntry {
  readonly level: string
  readonly message: string
  readonly fields: object
}

/** A log that appends to `entries`. */
export const createRecordingLog = (entries: LogEntry[]): Log => {
  const at = (level: string) => (fields: object, message: string) => void entries.push({ level, message, fields })
  return { trace: at('trace'), debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

export const silentLog: Log = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }
