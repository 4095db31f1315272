// What the codes of runs mean, in a few words without the figures of one run.

import { text } from '../../text/text.ts'

const codes = [
  'NO_CONNECT',
  'OTHER_BOARD',
  'WRONG_SECRET',
  'WRONG_SLOT',
  'WRONG_PRODUCT',
  'FACTORY_NAME',
  'CONTENDED',
  'BOUND_ELSEWHERE',
  'BUSY',
  'NO_VERSION',
  'UPDATE_FAILED',
  'UPDATE_TIMEOUT',
  'NO_DOWNLOAD',
  'NO_RESTART',
  'ROLLED_BACK',
  'SELFTEST_FAILED',
  'SELFTEST_MISSING',
  'LOST',
  'JIG_FAILED',
  'JIG_ERROR',
  'ABORTED',
  'REFERENCE_WRONG',
  'NOT_STORED',
] as const

/** In words; a code that a later server has is shown as it is. */
export const codeWords = (code: string): string => {
  const found = codes.find((each) => each === code)
  return found === undefined ? code : text(`stations.code.${found}`)
}
