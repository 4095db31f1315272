// The open task of one module of a device: there is at most one. Pure.

import type { DeviceKey, Task } from '../model.ts'
import type { Reads } from '../ports/store.ts'

export const openTaskOf = (reads: Pick<Reads, 'openTasksOf'>, device: DeviceKey, module: string): Task | undefined =>
  reads.openTasksOf(device).find((task) => task.module === module)
