// A wait that a signal can end. Knows nothing of devices.

import { setTimeout as sleep } from 'node:timers/promises'

/** Waits `ms` milliseconds; false at once when `signal` aborts (or has). */
export const pause = (ms: number, signal: AbortSignal): Promise<boolean> => sleep(ms, true, { signal }).catch(() => false)
