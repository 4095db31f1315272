// What can happen to a run, and what is around it then: types only.

import type { Away, Device, DeviceKey, Task } from '../../ota/model.ts'
import type { JigFinish, RunVerdict } from '../ports.ts'
import type { Given, Heard, Run } from '../run-model.ts'
import type { Procedure, WantedFirmware } from '../station-model.ts'

export type RunEvent =
  /** Its board has connected; `slot`: whose address it has, null: not known. */
  | {
      readonly type: 'connected'
      readonly device: DeviceKey
      readonly since: number
      readonly address: string | null
      readonly slot: number | null
    }
  | { readonly type: 'disconnected' }
  /** The server has ended since, which may have been the end of the board's connection. */
  | { readonly type: 'resumed' }
  /** Another board of the product came while it waits. */
  | { readonly type: 'other'; readonly device: DeviceKey }
  /** Another run has begun for that board: it did not come in the place of this one's. */
  | { readonly type: 'claimed'; readonly device: DeviceKey }
  /** A CONNECT under its board's name was refused; `isSecret`: for its secret. */
  | { readonly type: 'refused'; readonly reason: string; readonly isSecret: boolean }
  /** What makes it fail whatever it does, such as a second board of the same name. */
  | { readonly type: 'fails'; readonly verdict: RunVerdict }
  /** The board's record has changed. */
  | { readonly type: 'reported' }
  /** Its tasks have changed. */
  | { readonly type: 'task' }
  /** The tasks that its update needs, in the order of the procedure; none where the board runs everything by now. */
  | { readonly type: 'admitted'; readonly tasks: readonly number[] }
  /** The board's own self-test. */
  | { readonly type: 'selfTest'; readonly test: Heard }
  | { readonly type: 'jig'; readonly measurements: readonly Given[] }
  | { readonly type: 'finish'; readonly finish: JigFinish; readonly request?: KeyedFinish | undefined }
  | { readonly type: 'due' }
  | { readonly type: 'abort'; readonly by: string | null }

/** The key of a jig's request, and the digest of its body. */
export interface KeyedFinish {
  readonly key: string
  readonly digest: string
}

/** What is around the run when an event comes. */
export interface Surroundings {
  readonly procedure: Procedure
  readonly now: number
  /** The board's record; undefined: it is not known, or not yet which one it is. */
  readonly device: Device | undefined
  /** Those of `run.tasks`, as they are now. */
  readonly tasks: readonly Task[]
  /** When the board's connection began; null: it has none. */
  readonly since: number | null
  readonly away: readonly Away[]
  /** Where its links lead. */
  readonly host: string
  /** The addresses of the run's slot; null: not known. */
  readonly from: string | null
}

export interface RunCourse {
  /** The same object if nothing has changed. */
  readonly run: Run
  /** What the board has to be updated to: tasks are to be made, and then `admitted` comes. */
  readonly admit?: readonly WantedFirmware[]
}
