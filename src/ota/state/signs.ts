// Signs of life that are newer than what is stored, so that a byte range needs no write. Memory only.

import { type DeviceKey, isOpen, type Task } from '../model.ts'

/** Bytes of a task's image that were sent, and when the last one was (ms since the epoch). */
export interface Sign {
  readonly bytes: number
  readonly signAt: number
}

export interface Signs {
  of(task: number): Sign | undefined
  note(task: number, sign: Sign): void
  forget(task: number): void
  /** Last sign of any sub-device of the gateway, and of its own update: stalls of the whole family count from it. 0: none. */
  ofFamily(gateway: DeviceKey): number
  noteFamily(gateway: DeviceKey, at: number): void
  forgetFamily(gateway: DeviceKey): void
}

export const createSigns = (): Signs => {
  const tasks = new Map<number, Sign>()
  const families = new Map<DeviceKey, number>()
  return {
    of: (task) => tasks.get(task),
    note: (task, sign) => void tasks.set(task, sign),
    forget: (task) => void tasks.delete(task),
    ofFamily: (gateway) => families.get(gateway) ?? 0,
    noteFamily: (gateway, at) => void families.set(gateway, at),
    forgetFamily: (gateway) => void families.delete(gateway),
  }
}

/** The task with what is newer in memory than on disk. */
export const withSign = (signs: Signs, task: Task): Task => {
  const sign = signs.of(task.id)
  if (sign === undefined || !isOpen(task.state) || (sign.bytes === task.bytes && sign.signAt <= (task.signAt ?? 0))) return task
  return { ...task, bytes: sign.bytes, signAt: Math.max(sign.signAt, task.signAt ?? 0) }
}
