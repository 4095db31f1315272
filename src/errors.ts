// The one table of errors: HTTP status, exit status of the command, and text. Knows sentences and nothing else of ours.
// A device's mistake is not an error but a result (`Malformed`); these are for operators and for faults of the house.

import { type Params, type Sentence, type SentenceCode, say } from './sentences/sentence.ts'

interface ErrorEntry {
  /** HTTP status of the admin API's answer (RFC 9457 `status`). */
  readonly status: number
  /** Exit status of the command: 1 refused or failed, 2 wrong usage, 3 unreachable. */
  readonly exit: number
  /** RFC 9457 `title`: the same words for every occurrence. */
  readonly title: string
}

const table = {
  OTA_BAD_REQUEST: { status: 400, exit: 2, title: 'The request is not valid' },
  OTA_BAD_SETTINGS: { status: 500, exit: 2, title: 'The settings are not valid' },
  OTA_UNAUTHORIZED: { status: 401, exit: 1, title: 'A valid token is needed' },
  OTA_NOT_FOUND: { status: 404, exit: 1, title: 'There is no such thing' },
  OTA_METHOD: { status: 405, exit: 1, title: 'This path does not know that method' },
  OTA_BODY_TOO_LARGE: { status: 413, exit: 1, title: 'The body is too large' },
  OTA_BODY_TYPE: { status: 415, exit: 1, title: 'The body is of a type that is not read here' },
  OTA_FIRMWARE_UNKNOWN: { status: 404, exit: 1, title: 'There is no such firmware' },
  OTA_DEVICE_UNKNOWN: { status: 404, exit: 1, title: 'There is no such device' },
  OTA_CAMPAIGN_UNKNOWN: { status: 404, exit: 1, title: 'There is no such campaign' },
  OTA_TASK_UNKNOWN: { status: 404, exit: 1, title: 'There is no such task' },
  OTA_FIRMWARE_DIFFERS: { status: 409, exit: 1, title: 'Other bytes are already stored under this product, module and version' },
  OTA_FIRMWARE_IN_USE: { status: 409, exit: 1, title: 'An open task or campaign needs this firmware' },
  OTA_FIRMWARE_EMPTY: { status: 400, exit: 1, title: 'The image has no bytes' },
  OTA_FIRMWARE_TOO_LARGE: { status: 413, exit: 1, title: 'The image is larger than firmware.maxFileBytes' },
  OTA_UPLOAD_TORN: { status: 400, exit: 1, title: 'The upload ended early' },
  OTA_DEVICE_NAME: { status: 400, exit: 2, title: 'The product key or device name cannot be used' },
  OTA_DEVICE_EXISTS: { status: 409, exit: 1, title: 'The device is already there' },
  OTA_GATEWAY_INVALID: { status: 409, exit: 1, title: 'The gateway cannot be this one' },
  OTA_IMPORT_INVALID: { status: 400, exit: 1, title: 'The list of devices has faults; nothing was taken from it' },
  OTA_CAMPAIGN_EMPTY: { status: 409, exit: 1, title: 'The campaign has no target' },
  OTA_CAMPAIGN_STATE: { status: 409, exit: 1, title: 'The campaign is in a state that does not allow this' },
  OTA_TASK_CLOSED: { status: 409, exit: 1, title: 'The task has already ended' },
  OTA_TASK_BUSY: { status: 409, exit: 1, title: 'The task is in progress' },
  OTA_DEVICE_UNREACHABLE: { status: 409, exit: 1, title: 'The device is not connected and subscribed now' },
  OTA_CONFLICT: { status: 409, exit: 1, title: 'The record was changed by another hand in the meantime' },
  OTA_STORE_FAILED: { status: 503, exit: 1, title: 'The store could not record the change' },
  OTA_STORE_NEWER: { status: 500, exit: 1, title: 'The data directory was written by a newer Fogbell' },
  OTA_STORE_UNREADABLE: { status: 500, exit: 1, title: 'The data directory or a record in it cannot be read' },
  OTA_STORE_LOCKED: { status: 500, exit: 1, title: 'The data directory is in use by another process' },
  OTA_DATA_DIR: { status: 500, exit: 1, title: 'The data directory cannot be used' },
  OTA_LISTEN_FAILED: { status: 500, exit: 1, title: 'An address could not be listened on' },
  OTA_STOPPING: { status: 503, exit: 1, title: 'The server is stopping' },
  OTA_UNREACHABLE: { status: 503, exit: 3, title: 'The server cannot be reached' },
  OTA_INTERNAL: { status: 500, exit: 1, title: 'Something went wrong inside' },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof table

/** One fault of an input: where (a path such as `target.devices[2]` or `line 7`) and what, with the remedy. */
export interface Fault {
  readonly path: string
  readonly message: string
  /** The sentence that `message` says. */
  readonly code?: SentenceCode
  readonly params?: Params
}

export const faultAt = (path: string, { code, params }: Sentence): Fault => ({ path, message: say({ code, params }), code, params })

/**
 * The house's only class. `message` says what happened, to which thing and what to do about it;
 * the code decides HTTP status, exit status and title.
 */
export class OtaError extends Error {
  readonly code: ErrorCode
  readonly faults: readonly Fault[]
  /** The sentence that `message` says; null: it was given as text. */
  readonly sentence: Sentence | null

  constructor(code: ErrorCode, detail?: Sentence | string, options: { cause?: unknown; faults?: readonly Fault[] } = {}) {
    const text = typeof detail === 'object' ? say(detail) : (detail ?? table[code].title)
    super(text, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'OtaError'
    this.code = code
    this.sentence = typeof detail === 'object' ? detail : null
    this.faults = options.faults ?? []
  }
}

/** The table's row of a code. */
export const errorEntry = (code: ErrorCode): ErrorEntry => table[code]

export const errorCodes = Object.keys(table) as ErrorCode[]

/** Any thrown value as an `OtaError`; what is none of ours becomes `OTA_INTERNAL` with its cause kept. */
export const asOtaError = (thrown: unknown): OtaError =>
  thrown instanceof OtaError
    ? thrown
    : new OtaError('OTA_INTERNAL', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown })
