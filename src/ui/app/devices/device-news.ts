// Which events mean that something of a device has to be read again. Pure but for the states of tasks that it has seen.

import type { LiveEvent } from '../../api/live.ts'

export const isOf = (device: string, { name, data }: LiveEvent): boolean =>
  (name === 'device' || name === 'task') && data['device'] === device

/** True for events of the device, but of a task only when its state or attempt has changed, not for each step of its progress. */
export const createNews = (device: string): ((event: LiveEvent) => boolean) => {
  const states = new Map<string, string>()
  return (event) => {
    if (!isOf(device, event)) return false
    if (event.name === 'device') return true
    const id = String(event.data['id'])
    const state = String(event.data['state'])
    if (states.get(id) === state) return false
    states.set(id, state)
    return true
  }
}
