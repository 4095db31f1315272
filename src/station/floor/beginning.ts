// The begin of a run: the label is checked, the route asked, and the run is on disk before the operator is asked for the board.

import { asOtaError } from '../../errors.ts'
import type { DeviceKey } from '../../ota/model.ts'
import { deviceKey } from '../../ota/model.ts'
import type { ScanRefusal } from '../ports.ts'
import { slotOfAddress } from '../rules/blocks.ts'
import { begin, end } from '../rules/run-steps.ts'
import type { Run } from '../run-model.ts'
import { type AskedRun, type CheckedRun, checkRun, shownText } from './checking.ts'
import { withRun } from './desk.ts'
import { deskOf, type Floor, mustFindStation, runOfKey, showRun, storedRun } from './floor.ts'
import { isRefusal, refusal, refuse } from './refusing.ts'
import { mustBeSameBody } from './request-bodies.ts'
import { lookForBoard, openRun } from './running.ts'

/** The clock of the wall may be this much behind that of the server (ms). */
const suspectMs = 3000

const newRun = ({ outside, rows, newestEnd }: Floor, asked: AskedRun, checked: CheckedRun): Run => {
  const { procedure, desk, label, slot, device, attempt, reference, reason } = checked
  const now = outside.now()
  const run: Run = {
    id: rows.nextRunId(),
    station: asked.station.id,
    slot,
    procedure: procedure.id,
    rev: procedure.rev,
    product: procedure.product,
    process: procedure.process,
    serial: label.serial,
    label: label.secret === null ? asked.text : label.serial,
    device,
    operator: desk.operator,
    workOrder: desk.workOrder,
    attempt,
    reference,
    reason,
    key: asked.key,
    ...(asked.digest === null ? {} : { keyDigest: asked.digest }),
    scannedAt: now,
    connectedAt: null,
    endedAt: null,
    state: 'waiting',
    outcome: null,
    code: null,
    said: null,
    steps: [],
    tasks: [],
    remote: null,
    versionBefore: {},
    versionAfter: {},
    wasConnected: false,
    others: [],
    refused: null,
    boardSince: null,
    drops: 0,
    oldVersionOn: null,
    // While the server runs its clock does not go back; where that of the wall is behind it, or it was set back before, times are no order.
    clockSuspect: outside.wallClock() + suspectMs < now || now < newestEnd,
  }
  return begin(end(begin(run, 'bind', now), 'bind', 'passed', now), 'connect', now)
}

/** The secret of the label is what a new board will show. That of a board that has one already is not for a scanner to change. */
const storeSecret = async ({ outside }: Floor, { procedure: { bind, product }, label: { name, secret } }: CheckedRun): Promise<void> => {
  const { reads, devices } = outside.core
  const hasOne = reads.device(deviceKey(product, name))?.credential.kind === 'secret'
  if (bind === 'secret' && secret !== null && !hasOne) await devices.put(product, name, { secret })
}

const begun = (floor: Floor, { station }: AskedRun, run: Run): void => {
  showRun(floor, run)
  lookForBoard(floor, run, (address) => (address === null ? null : slotOfAddress(station, address)))
}

/** No campaign may offer to the board while its run is written. */
const whileHeld = async ({ outside: { core } }: Floor, device: DeviceKey | null, write: () => Promise<void>): Promise<void> => {
  if (device === null) return write()
  core.hold(device)
  await write().catch((error: unknown) => {
    core.free(device)
    throw error
  })
}

/** One after another: what was checked is still so when the run is written. */
const store = (floor: Floor, before: AskedRun): Promise<Run | ScanRefusal> =>
  floor.inTurn(async () => {
    const { rows } = floor
    const again = before.key === null ? undefined : await rows.queries.runOfKey(before.station.id, before.key)
    if (again !== undefined) {
      mustBeSameBody(again.id, again.keyDigest, before.digest)
      return (await storedRun(floor, again.id)) ?? again
    }
    // It may have been changed or removed while the route was asked.
    const asked = { ...before, station: mustFindStation(floor, before.station.id) }
    const checked = await checkRun(floor, asked)
    if (isRefusal(checked)) return checked
    const run = newRun(floor, asked, checked)
    await whileHeld(floor, checked.device, async () => {
      await storeSecret(floor, checked)
      await rows.commit([
        { put: 'run', value: run },
        { put: 'desk', value: withRun(deskOf(floor, asked.station), run) },
      ])
    })
    openRun(floor, run, checked.procedure)
    begun(floor, asked, run)
    return run
  })

/** The route of the production is asked before anything is written, and what it takes to answer holds nobody up. */
const askRoute = async ({ outside }: Floor, { station }: AskedRun, { procedure, label, desk }: CheckedRun): Promise<ScanRefusal | null> => {
  const answer = await outside.validate({
    station: station.id,
    process: procedure.process,
    procedure: procedure.id,
    rev: procedure.rev,
    product: procedure.product,
    serial: label.serial,
    operator: desk.operator,
    workOrder: desk.workOrder,
  })
  if (answer.ok) return null
  return answer.code === 'MES_REFUSED' ? refusal('MES_REFUSED', { text: answer.text }) : refusal('MES_UNREACHABLE', { why: answer.why })
}

const tryRun = async (floor: Floor, asked: AskedRun): Promise<Run | ScanRefusal> => {
  const checked = await checkRun(floor, asked)
  if (isRefusal(checked)) return checked
  const refused = checked.reference === null ? await askRoute(floor, asked, checked) : null
  if (refused !== null) return refused
  try {
    return await store(floor, asked)
  } catch (error) {
    if (asOtaError(error).code !== 'OTA_STORE_FAILED') throw error
    return refusal('NOT_STORED', {})
  }
}

/** Refusals that the operator can answer, by `FB:RETEST` or a reason. */
const answerable: ReadonlySet<string> = new Set(['ALREADY_PASSED', 'REASON_NEEDED'])

/** Begins the run that is asked for. OTA_SCAN_REFUSED. */
export const runOf = async (floor: Floor, asked: AskedRun): Promise<Run> => {
  const { station, text, label, slot, isRetest, insteadOf } = asked
  const result = await tryRun(floor, asked)
  floor.refused.delete(station.id)
  if (isRefusal(result)) {
    // The same request, sent twice at once.
    const again = await runOfKey(floor, station.id, asked.key)
    if (again !== undefined) {
      mustBeSameBody(again.id, again.keyDigest, asked.digest)
      return again
    }
    if (answerable.has(result.reason)) floor.refused.set(station.id, { text, label, slot, isRetest, insteadOf, at: floor.outside.now() })
    return refuse(floor, station, slot, shownText(floor, station, text), result)
  }
  return result
}
