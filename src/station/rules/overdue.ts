// What a run has waited for in vain when its time is over. Pure.

import type { Device, DeviceKey } from '../../ota/model.ts'
import { isOpen } from '../../ota/model.ts'
import { connectionSentence } from '../../ota/rules/connection-sentence.ts'
import type { RunVerdict } from '../ports.ts'
import type { Given, Run } from '../run-model.ts'
import { identifySeconds } from './run-clock.ts'
import type { Surroundings } from './run-events.ts'
import { stepOf } from './run-steps.ts'
import { verdictOf } from './verdicts.ts'

export const nameIn = (device: DeviceKey): string => device.slice(device.indexOf('/') + 1)

/** Whether the board has reported the module since it came; one that was connected before the scan, ever. */
export const isReported = ({ wasConnected, boardSince }: Run, device: Device | undefined, module: string): boolean => {
  const found = device?.modules.find(({ name }) => name === module)
  return found !== undefined && (wasConnected || found.reportedAt >= (boardSince ?? 0))
}

/** What was measured so far. */
export const givenOf = (run: Run): readonly Given[] => stepOf(run, 'selftest')?.measurements ?? []

const notConnected = (run: Run, seconds: number, from: string | null): RunVerdict => {
  const came = run.others.at(-1)
  if (came !== undefined) return verdictOf('OTHER_BOARD', { serial: run.serial, other: nameIn(came) })
  const refusal = run.refused === null ? null : connectionSentence({ what: 'refused', reason: run.refused })
  return verdictOf('NO_CONNECT', { seconds, refused: refusal, from })
}

const unreported = (run: Run, { procedure, device }: Surroundings): readonly string[] =>
  procedure.firmware.filter(({ module }) => !isReported(run, device, module)).map(({ module }) => module)

const missing = (run: Run, { procedure: { selfTest, steps } }: Surroundings): RunVerdict => {
  const measuredNames = new Set(givenOf(run).map(({ name }) => name))
  const names = (selfTest?.limits ?? []).map(({ name }) => name).filter((name) => !measuredNames.has(name))
  return verdictOf('SELFTEST_MISSING', { seconds: steps.selfTestSeconds, names })
}

/** Why the run ends now. */
export const overdue = (run: Run, around: Surroundings): RunVerdict => {
  const { steps } = around.procedure
  switch (run.state) {
    case 'waiting':
      return notConnected(run, steps.connectSeconds, around.from)
    case 'identifying':
      return verdictOf('NO_VERSION', { seconds: identifySeconds, modules: unreported(run, around) })
    case 'updating': {
      const hasFetched = around.tasks.some(({ bytes, step }) => bytes > 0 || step !== null)
      return hasFetched ? verdictOf('UPDATE_TIMEOUT', { seconds: steps.updateSeconds }) : verdictOf('NO_DOWNLOAD', { host: around.host })
    }
    case 'restarting': {
      const old = around.tasks.find(({ state }) => isOpen(state))
      if (run.oldVersionOn !== null && old !== undefined) return verdictOf('ROLLED_BACK', { version: old.from ?? '?' })
      return verdictOf('NO_RESTART', { version: old?.to ?? '?', seconds: steps.restartSeconds })
    }
    default:
      return around.since === null && run.drops > 0 ? verdictOf('LOST', {}) : missing(run, around)
  }
}
