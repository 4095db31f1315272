// From an input to a revision of a procedure: defaults, and each fault with its path. Pure.

import type { Firmware } from '../../ota/model.ts'
import type { ProcedureInput } from '../ports.ts'
import type { Procedure } from '../station-model.ts'

export interface NewRevision {
  readonly id: string
  readonly rev: number
  readonly createdAt: number
  readonly createdBy: string
  readonly firmware: (id: number) => Pick<Firmware, 'product' | 'module' | 'version' | 'sha256'> | undefined
}

const notYet = (): never => {
  throw new Error('not yet')
}

/** Throws OTA_BAD_REQUEST with all faults. */
export const newProcedure: (input: ProcedureInput, revision: NewRevision) => Procedure = notYet
