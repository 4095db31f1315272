// Procedures: a revision never changes; a released one has a hidden campaign for each module that it updates.

import { OtaError } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
import type { ProcedureInput, Stations } from '../ports.ts'
import { newProcedure } from '../rules/procedure.ts'
import type { Procedure } from '../station-model.ts'
import type { Floor } from './floor.ts'

const revisionsOf = ({ rows }: Floor, id: string): readonly Procedure[] => {
  const revisions = rows.memory.procedures.get(id)
  if (revisions === undefined || revisions.length === 0)
    throw new OtaError('OTA_PROCEDURE_UNKNOWN', sentence('floor_procedure_unknown', { procedure: id }))
  return revisions
}

/** `rev`: left out, the newest. */
const mustFindRevision = (floor: Floor, id: string, rev?: number): Procedure => {
  const revisions = revisionsOf(floor, id)
  const found = rev === undefined ? revisions.at(-1) : revisions.find((one) => one.rev === rev)
  if (found === undefined) throw new OtaError('OTA_PROCEDURE_UNKNOWN', sentence('floor_revision_unknown', { procedure: id, rev: rev ?? 0 }))
  return found
}

const put = (floor: Floor, id: string, input: ProcedureInput, by: string): Promise<Procedure> =>
  floor.inTurn(async () => {
    const { rows, outside } = floor
    const rev = (rows.memory.procedures.get(id)?.at(-1)?.rev ?? 0) + 1
    const made = { id, rev, createdAt: outside.now(), createdBy: by, firmware: outside.core.reads.firmware }
    const value = newProcedure(input, made)
    await rows.commit([{ put: 'procedure', value }])
    return value
  })

/** Asked again after a crash between the campaigns and the row, it finds the same campaigns. */
const openCampaigns = async ({ outside }: Floor, { id, rev, firmware, reflash, steps }: Procedure): Promise<readonly number[]> => {
  const campaigns: number[] = []
  for (const { firmware: image } of firmware) {
    const { updateSeconds, restartSeconds } = steps
    const input = { procedure: id, rev, firmware: image, reflash: reflash === 'always', updateSeconds, restartSeconds }
    campaigns.push(await outside.core.openCampaign(input))
  }
  return campaigns
}

const release = (floor: Floor, id: string, by: string, rev?: number): Promise<Procedure> =>
  floor.inTurn(async () => {
    const found = mustFindRevision(floor, id, rev)
    if (found.releasedAt !== null) return found
    const campaigns = await openCampaigns(floor, found)
    const value: Procedure = { ...found, campaigns, releasedAt: floor.outside.now(), releasedBy: by }
    await floor.rows.commit([{ put: 'procedure', value }])
    return value
  })

export const procedureOperations = (floor: Floor): Stations['procedures'] => ({
  list: () => [...floor.rows.memory.procedures.values()].flatMap((revisions) => revisions.slice(-1)),
  find: async (id, rev) => mustFindRevision(floor, id, rev),
  revisions: async (id) => revisionsOf(floor, id),
  put: (id, input, by) => put(floor, id, input, by),
  release: (id, by, rev) => release(floor, id, by, rev),
})
