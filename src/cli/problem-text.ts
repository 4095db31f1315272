// Refusals and failures as people and scripts see them: RFC 9457 problems in, lines or the same JSON out. Knows the table of errors, not the
// commands.

import { asOtaError, type ErrorCode, errorCodes, errorEntry, type Fault, OtaError, titleOf } from '../errors.ts'
import { clean, withLocalTimes } from './format.ts'
import type { Colors } from './output.ts'

/** A problem as the admin API answers it. A newer server may have codes that are unknown here. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: string
  readonly detail: string
  /** The sentence that `detail` says, as the server's document lists it. */
  readonly detailCode?: string
  readonly params?: unknown
  readonly faults?: readonly Fault[]
  /** Of OTA_SCAN_REFUSED: why the station begins no run. */
  readonly reason?: string
}

const isCode = (code: string): code is ErrorCode => errorCodes.some((known) => known === code)

const isFault = (value: unknown): value is Fault =>
  typeof value === 'object' &&
  value !== null &&
  'path' in value &&
  typeof value.path === 'string' &&
  'message' in value &&
  typeof value.message === 'string'

/** Reads a problem; undefined if the value is none. Missing parts are filled in, so that an incomplete problem is shown too. */
export const readProblem = (value: unknown, status: number): Problem | undefined => {
  if (typeof value !== 'object' || value === null || !('code' in value) || typeof value.code !== 'string') return undefined
  const code = value.code
  const title = 'title' in value && typeof value.title === 'string' ? value.title : code
  const faults = 'faults' in value && Array.isArray(value.faults) ? value.faults.filter(isFault) : []
  return {
    type: 'type' in value && typeof value.type === 'string' ? value.type : 'about:blank',
    title,
    status,
    code,
    detail: 'detail' in value && typeof value.detail === 'string' ? value.detail : title,
    ...('detailCode' in value && typeof value.detailCode === 'string' ? { detailCode: value.detailCode } : {}),
    ...('params' in value ? { params: value.params } : {}),
    ...('reason' in value && typeof value.reason === 'string' ? { reason: value.reason } : {}),
    ...(faults.length > 0 ? { faults } : {}),
  }
}

/** A server's problem as an error, whose cause is the problem itself, so that nothing of it is lost. */
export const problemError = (problem: Problem): OtaError =>
  new OtaError(isCode(problem.code) ? problem.code : 'OTA_INTERNAL', problem.detail, { cause: problem, faults: problem.faults ?? [] })

/** Any thrown value as a problem. */
export const problemOf = (thrown: unknown): Problem => {
  const error = asOtaError(thrown)
  const sent = readProblem(error.cause, 0)
  if (sent !== undefined && error.cause !== null && typeof error.cause === 'object' && 'status' in error.cause) {
    return { ...sent, status: Number(error.cause.status) }
  }
  const { status } = errorEntry(error.code)
  const said = error.sentence === null ? {} : { detailCode: error.sentence.code, params: error.sentence.params }
  const faults = error.faults.length > 0 ? { faults: error.faults } : {}
  return { type: 'about:blank', title: titleOf(error.code), status, code: error.code, detail: error.message, ...said, ...faults }
}

/** Wrong use of the command: exit 2. */
export const usageError = (detail: string): OtaError => new OtaError('OTA_BAD_REQUEST', detail)

/** The exit status from the table of errors; 1 for an unknown code of a newer server. */
export const exitOf = (problem: Problem): number => (isCode(problem.code) ? errorEntry(problem.code).exit : 1)

const remedies: Partial<Record<ErrorCode, string>> = {
  OTA_UNAUTHORIZED: 'give the token with --token or FOGBELL_TOKEN, or the data directory with admin.token with --data',
  OTA_UNREACHABLE: 'start it with "fogbell serve", or give its address with --server URL (simulate: --broker URL) or --data DIR',
  OTA_FIRMWARE_UNKNOWN: 'fogbell firmware list',
  OTA_FIRMWARE_DIFFERS: 'use another --version or other --from, or remove the stored image with "fogbell firmware rm ID"',
  OTA_FIRMWARE_IN_USE: 'end the campaign or task that needs it: fogbell campaign list',
  OTA_DEVICE_UNKNOWN: 'fogbell device list',
  OTA_CAMPAIGN_UNKNOWN: 'fogbell campaign list',
  OTA_TASK_UNKNOWN: 'fogbell task list',
}

/** What a message says already: another remedy beside it would be a wrong one. */
const saysItself = ({ code, detail }: Problem): boolean =>
  code === 'OTA_UNREACHABLE' && /; (for a plain port )?(give|write|renew|use|check) /.test(detail)

/** The problem as lines: what happened, with its code; each fault with its path; what to do. */
export const problemLines = (problem: Problem, colors: Colors): string[] => {
  const remedy = isCode(problem.code) && !saysItself(problem) ? remedies[problem.code] : undefined
  const isNew = ({ message }: Fault): boolean => !problem.detail.includes(message)
  return [
    `${colors.red('fogbell:')} ${clean(withLocalTimes(problem.detail))} ${colors.dim(`(${problem.code})`)}`,
    ...(problem.faults ?? []).filter(isNew).map((fault) => `  ${clean(fault.path)}: ${clean(fault.message)}`),
    ...(remedy === undefined ? [] : [`  ${colors.dim('try:')} ${remedy}`]),
  ]
}
