// Detects that a fleet has nothing more to do.

import type { SimulatedDevice } from './simulated-device.ts'

/** Calls `done` when `seen` was not called for `ms` and every device is quiet. 0: never. */
export const createIdleWatch = (ms: number, devices: readonly Pick<SimulatedDevice, 'quiet'>[], done: () => void) => {
  let timer: NodeJS.Timeout | undefined
  const seen = () => {
    clearTimeout(timer)
    if (ms > 0) timer = setTimeout(() => (devices.every((device) => device.quiet()) ? done() : seen()), ms)
  }
  return { seen, stop: () => clearTimeout(timer) }
}
