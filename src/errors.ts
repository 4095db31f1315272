// The one table of errors: HTTP status and exit status of the command; their titles are in sentences/english-errors.ts.
// A device's mistake is not an error but a result (`Malformed`): these are for operators, and for internal errors.

import { type Params, type Sentence, type SentenceCode, say, sentence } from './sentences/sentence.ts'

interface ErrorEntry {
  /** HTTP status of the admin API's answer (RFC 9457 `status`). */
  readonly status: number
  /** Exit status of the command: 1 refused or failed, 2 wrong usage, 3 unreachable. */
  readonly exit: number
}

const table = {
  OTA_BAD_REQUEST: { status: 400, exit: 2 },
  OTA_BAD_SETTINGS: { status: 500, exit: 2 },
  OTA_UNAUTHORIZED: { status: 401, exit: 1 },
  OTA_FORBIDDEN: { status: 403, exit: 1 },
  OTA_TOO_MANY_TRIES: { status: 429, exit: 1 },
  OTA_NOT_FOUND: { status: 404, exit: 1 },
  OTA_METHOD: { status: 405, exit: 1 },
  OTA_BODY_TOO_LARGE: { status: 413, exit: 1 },
  OTA_BODY_TYPE: { status: 415, exit: 1 },
  OTA_FIRMWARE_UNKNOWN: { status: 404, exit: 1 },
  OTA_DEVICE_UNKNOWN: { status: 404, exit: 1 },
  OTA_CAMPAIGN_UNKNOWN: { status: 404, exit: 1 },
  OTA_TASK_UNKNOWN: { status: 404, exit: 1 },
  OTA_PROCEDURE_UNKNOWN: { status: 404, exit: 1 },
  OTA_STATION_UNKNOWN: { status: 404, exit: 1 },
  OTA_RUN_UNKNOWN: { status: 404, exit: 1 },
  OTA_UNIT_UNKNOWN: { status: 404, exit: 1 },
  OTA_STATION_BUSY: { status: 409, exit: 1 },
  OTA_RUN_STATE: { status: 409, exit: 1 },
  OTA_SCAN_REFUSED: { status: 409, exit: 1 },
  OTA_TOKEN_UNKNOWN: { status: 404, exit: 1 },
  OTA_TOKEN_EXISTS: { status: 409, exit: 1 },
  OTA_USER_UNKNOWN: { status: 404, exit: 1 },
  OTA_USER_EXISTS: { status: 409, exit: 1 },
  OTA_WEBHOOK_UNKNOWN: { status: 404, exit: 1 },
  OTA_WEBHOOK_EXISTS: { status: 409, exit: 1 },
  OTA_LAST_ADMIN: { status: 409, exit: 1 },
  OTA_FIRMWARE_DIFFERS: { status: 409, exit: 1 },
  OTA_FIRMWARE_IN_USE: { status: 409, exit: 1 },
  OTA_FIRMWARE_EMPTY: { status: 400, exit: 1 },
  OTA_FIRMWARE_TOO_LARGE: { status: 413, exit: 1 },
  OTA_UPLOAD_TORN: { status: 400, exit: 1 },
  OTA_DEVICE_NAME: { status: 400, exit: 2 },
  OTA_DEVICE_EXISTS: { status: 409, exit: 1 },
  OTA_GATEWAY_INVALID: { status: 409, exit: 1 },
  OTA_IMPORT_INVALID: { status: 400, exit: 1 },
  OTA_CAMPAIGN_EMPTY: { status: 409, exit: 1 },
  OTA_CAMPAIGN_STATE: { status: 409, exit: 1 },
  OTA_TASK_CLOSED: { status: 409, exit: 1 },
  OTA_TASK_BUSY: { status: 409, exit: 1 },
  OTA_DEVICE_UNREACHABLE: { status: 409, exit: 1 },
  OTA_CONFLICT: { status: 409, exit: 1 },
  OTA_CHANGED: { status: 412, exit: 1 },
  OTA_KEY_REUSED: { status: 422, exit: 1 },
  OTA_STORE_FAILED: { status: 503, exit: 1 },
  OTA_STORE_NEWER: { status: 500, exit: 1 },
  OTA_STORE_UNREADABLE: { status: 500, exit: 1 },
  OTA_STORE_LOCKED: { status: 500, exit: 1 },
  OTA_BACKUP_BUSY: { status: 409, exit: 1 },
  OTA_BACKUP_FAILED: { status: 500, exit: 1 },
  OTA_BACKUP_INVALID: { status: 500, exit: 1 },
  OTA_CERTS: { status: 500, exit: 1 },
  OTA_DATA_DIR: { status: 500, exit: 1 },
  OTA_DESCRIPTORS: { status: 500, exit: 1 },
  OTA_LISTEN_FAILED: { status: 500, exit: 1 },
  OTA_STOPPING: { status: 503, exit: 1 },
  OTA_UNREACHABLE: { status: 503, exit: 3 },
  OTA_INTERNAL: { status: 500, exit: 1 },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof table

/** One fault of an input: where (a path such as `target.devices[2]` or `row 7, column B`), and what is wrong, with the remedy. */
export interface Fault {
  readonly path: string
  readonly message: string
  /** The sentence that `message` says. */
  readonly code?: SentenceCode
  readonly params?: Params
}

export const faultAt = (path: string, { code, params }: Sentence): Fault => ({ path, message: say({ code, params }), code, params })

/** The sentence of an error of that code where nothing more is known. */
export const errorSentence = (code: ErrorCode): Sentence => sentence(code.toLowerCase() as Lowercase<ErrorCode>)

/** RFC 9457 `title`. */
export const titleOf = (code: ErrorCode): string => say(errorSentence(code))

/**
 * The project's only class. `message` says what happened, to what, and what to do about it; the code decides HTTP status, exit status
 * and title.
 */
export class OtaError extends Error {
  readonly code: ErrorCode
  readonly faults: readonly Fault[]
  /** The sentence that `message` says; null: it was given as text. */
  readonly sentence: Sentence | null
  /** One word that programs decide by, where the code alone does not say enough; null: it does. */
  readonly reason: string | null

  constructor(code: ErrorCode, detail?: Sentence | string, options: { cause?: unknown; faults?: readonly Fault[]; reason?: string } = {}) {
    const text = typeof detail === 'object' ? say(detail) : (detail ?? titleOf(code))
    super(text, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'OtaError'
    this.code = code
    this.sentence = typeof detail === 'object' ? detail : null
    this.faults = options.faults ?? []
    this.reason = options.reason ?? null
  }
}

/** The table's row of a code. */
export const errorEntry = (code: ErrorCode): ErrorEntry => table[code]

export const errorCodes = Object.keys(table) as ErrorCode[]

/** Any thrown value as an `OtaError`; any other value becomes `OTA_INTERNAL` and keeps its cause. */
export const asOtaError = (thrown: unknown): OtaError =>
  thrown instanceof OtaError
    ? thrown
    : new OtaError('OTA_INTERNAL', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown })
