// What to do about an update that ended without success.

import { expect, test } from 'vitest'
import type { Task } from '../../../src/ota/model.ts'
import { adviceOf } from '../../../src/ota/rules/advice.ts'
import { say } from '../../../src/sentences/sentence.ts'

const half = { state: 'failed', reason: null, desc: null, bytes: 50, size: 100, to: '2.0' } as const
const codeOf = (fields: Partial<Task>): string | undefined => adviceOf({ ...half, ...fields })?.code

test('each way to fail has its advice', () => {
  const whole = { bytes: 100 }
  expect(codeOf({ reason: 'verify_error' })).toBe('advice_verify')
  expect(codeOf({ reason: 'verify_error', ...whole })).toBe('advice_verify_whole')
  expect(codeOf({ reason: 'download_error' })).toBe('advice_download')
  expect(codeOf({ reason: 'download_error', ...whole })).toBe('advice_download_whole')
  expect(codeOf({ state: 'timed_out', reason: 'stall' })).toBe('advice_stall')
  expect(codeOf({ state: 'timed_out', reason: 'stall', ...whole })).toBe('advice_stall_whole')
  expect(codeOf({ state: 'timed_out', reason: 'no_response' })).toBe('advice_no_response')
  expect(codeOf({ state: 'timed_out', reason: 'upgrade' })).toBe('advice_upgrade_time')
  expect(codeOf({ reason: 'burn_error' })).toBe('advice_burn')
  expect(codeOf({ reason: 'device_error' })).toBe('advice_device')
  expect(codeOf({ reason: 'rolled_back' })).toBe('advice_rolled_back')
  expect(codeOf({ reason: 'unexpected_version', desc: '1.9' })).toBe('advice_other_version')
  expect(codeOf({ state: 'rejected' })).toBe('advice_rejected')
  expect(codeOf({ state: 'rejected', desc: '电量不足' })).toBe('advice_battery')
})

test('what is open, succeeded or was canceled has none', () => {
  for (const state of ['queued', 'in_progress', 'succeeded', 'canceled'] as const) expect(adviceOf({ ...half, state })).toBeNull()
})

test('it has the figures', () => {
  const advice = adviceOf({ ...half, reason: 'download_error' })
  expect(advice === null ? '' : say(advice)).toContain('fetched 50 of 100 bytes')
})
