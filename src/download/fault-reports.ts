// Reports images that could not be read to the log and to the core: many devices ask for the same one, so each is reported now and then.

import type { Log } from '../log.ts'
import type { FaultyImage } from '../ota/ports/downloads.ts'
import type { SignedUrl } from './signed-url.ts'

const LOG_EVERY_MS = 10_000
const REPORT_EVERY_MS = 1_000

export type FaultReports = (link: SignedUrl, fault: FaultyImage['fault'], cause: string) => void

/** True at most every `everyMs` for the same key. */
const createRarely = (everyMs: number, now: () => number): ((key: string) => boolean) => {
  const times = new Map<string, number>()
  return (key) => {
    if (now() - (times.get(key) ?? Number.NEGATIVE_INFINITY) < everyMs) return false
    times.set(key, now())
    return true
  }
}

export const createFaultReports = (log: Log, report: (image: FaultyImage) => void, now: () => number): FaultReports => {
  const isToLog = createRarely(LOG_EVERY_MS, now)
  const isToReport = createRarely(REPORT_EVERY_MS, now)
  return ({ task, image }, fault, cause) => {
    // Each task belongs to one campaign, and each of these has to be paused.
    if (isToReport(String(task))) report({ task, fault })
    if (isToLog(image))
      log.warn({ image, fault, task, cause }, 'image could not be read: add the same firmware again, or check the data directory')
  }
}
