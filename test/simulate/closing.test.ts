// The last sentences of a simulated fleet.

import { expect, test } from 'vitest'
import { closingText } from '../../src/simulate/closing.ts'
import type { UnitSummary } from '../../src/simulate/output-lines.ts'

const unit = (outcome: UnitSummary['outcome'], fault: UnitSummary['fault'] = null, name: string = outcome): UnitSummary => ({
  device: `lamp/${name}`,
  fault,
  version: '1.0.0',
  outcome,
})

test('how many were updated, how many failed and why, and where to look', () => {
  const units = [
    unit('updated'),
    unit('updated'),
    unit('failed', 'bad-hash', 'f1'),
    unit('failed', 'gbk-desc'),
    unit('kept-old', 'keeps-old'),
    unit('waiting'),
  ]
  expect(closingText(units)).toBe(
    '6 devices: 2 updated, 3 failed (2 reported a failure [bad-hash, gbk-desc]; 1 kept the old version [keeps-old]), 1 not offered an update. ' +
      'See what the server recorded with `fogbell device list --failed`, and one device with `fogbell device show lamp/f1`.',
  )
})

test('where none was offered an update, how to offer one', () => {
  expect(closingText([unit('waiting')])).toBe(
    '1 device: 0 updated, 0 failed, 1 not offered an update. ' +
      'Offer them an update with `fogbell push FILE --product lamp --version VERSION`, or see why one waits with `fogbell device why lamp/waiting`.',
  )
})

test('where all went well, or the broker refused some', () => {
  expect(closingText([unit('updated')])).toBe('1 device: 1 updated, 0 failed. See the result with `fogbell campaign list`.')
  expect(closingText([unit('updated'), unit('refused')])).toContain(
    '1 refused by the broker. See why with `fogbell device why lamp/refused`',
  )
  expect(closingText([])).toBe('')
})
