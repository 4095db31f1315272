// File descriptors: each connection and each file takes one. Whether the process may open enough of them, and whether it has run out. Where
// the system does not report its limit, nothing is checked.

import { open, readFile } from 'node:fs/promises'
import { OtaError } from './errors.ts'
import type { Log } from './log.ts'
import { sentence } from './sentences/sentence.ts'

/** Below this not even the store has enough. */
export const leastDescriptors = 256

/** The limit of this process; null: unknown, or none. */
const limitOf = async (): Promise<number | null> => {
  const text = await readFile('/proc/self/limits', 'utf8').catch(() => '')
  const limit = Number(/^Max open files\s+(\d+)/m.exec(text)?.[1])
  return Number.isSafeInteger(limit) ? limit : null
}

/** OTA_DESCRIPTORS if the process may open too few files to run at all; a WARN if fewer than `wanted`. */
export const checkDescriptors = async (wanted: number, log: Log): Promise<void> => {
  const limit = await limitOf()
  if (limit === null) return
  if (limit < leastDescriptors) throw new OtaError('OTA_DESCRIPTORS', sentence('descriptors_too_few', { limit, least: leastDescriptors }))
  if (limit < wanted)
    log.warn(
      { limit, wanted },
      `this process may open ${limit} files, and mqtt.maxConnections and firmware.maxDownloads allow ${wanted} connections: raise the limit (LimitNOFILE= of the service), or lower these settings`,
    )
}

const everyMs = 1000

const isExhausted = async (): Promise<boolean> => {
  try {
    await (await open('/dev/null')).close()
    return false
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && (cause.code === 'EMFILE' || cause.code === 'ENFILE')
  }
}

export interface DescriptorWatch {
  exhausted(): boolean
  close(): void
}

/**
 * Checks periodically whether a file can still be opened. Where none can, the system closes new connections before this process sees them,
 * so nothing else would report it.
 */
export const watchDescriptors = (log: Log): DescriptorWatch => {
  let exhausted = false
  const look = async (): Promise<void> => {
    const before = exhausted
    exhausted = await isExhausted()
    if (exhausted && !before)
      log.warn(
        { limit: await limitOf() },
        'connections cannot be accepted: no more files can be opened; raise the limit (LimitNOFILE= of the service)',
      )
    if (!exhausted && before) log.info({}, 'connections can be accepted again')
  }
  let isLooking = false
  const timer = setInterval(() => {
    if (isLooking) return
    isLooking = true
    void look().finally(() => {
      isLooking = false
    })
  }, everyMs).unref()
  return { exhausted: () => exhausted, close: () => clearInterval(timer) }
}
