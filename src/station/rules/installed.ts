// Which images of its procedure a run has to do with: those that were on the board, and those that were sent to it whole. Pure.

import type { Run } from '../run-model.ts'
import type { ImageState, Procedure, RunImage, WantedFirmware } from '../station-model.ts'
import type { Surroundings } from './run-events.ts'
import { stepOf } from './run-steps.ts'

/** Modules of whose images nothing was fetched; nothing where no update was needed, or where not all of its tasks are known. */
export const unfetchedOf = (run: Run, { procedure, tasks }: Surroundings): Pick<Run, 'unfetched'> => {
  const update = stepOf(run, 'update')
  if (update === undefined || update.outcome === 'skipped' || tasks.length < run.tasks.length) return {}
  const begun = tasks.filter(({ bytes, step, completeAt }) => bytes > 0 || step !== null || completeAt !== null)
  const names = procedure.firmware.map(({ module }) => module).filter((name) => !begun.some(({ module }) => module === name))
  return names.length === 0 ? {} : { unfetched: names }
}

const stateOf = (run: Run, { reflash }: Procedure, { module, version }: WantedFirmware): ImageState | null => {
  const { versionBefore, versionAfter } = run
  if (run.unfetched?.includes(module) === true)
    return versionBefore[module] === version || versionAfter[module] === version ? 'present' : null
  const update = stepOf(run, 'update')
  const isWanted = update !== undefined && update.outcome !== 'skipped' && (reflash === 'always' || versionBefore[module] !== version)
  if (isWanted && update.outcome === 'passed') return versionAfter[module] === version ? 'installed' : 'sent'
  // Of several modules some may have been updated before one has failed.
  if (versionBefore[module] === version) return 'present'
  return isWanted && versionAfter[module] === version ? 'installed' : null
}

/** Nothing for a run whose board never came, or was refused before its update. */
export const imagesOfRun = (run: Run, procedure: Procedure): readonly RunImage[] =>
  procedure.firmware.flatMap((firmware) => {
    const { module, version, sha256 } = firmware
    const state = stateOf(run, procedure, firmware)
    return state === null ? [] : [{ run: run.id, module, version, sha256, state }]
  })
