// What codes say: each in both languages, as the page of test stations has it.

import { expect, it } from 'vitest'
import { inChinese } from '../../src/sentences/chinese.ts'
import { type Sentence, say } from '../../src/sentences/sentence.ts'
import { codeSentence, outcomeOf } from '../../src/station/rules/codes.ts'
import { refusalCodes, runCodes } from '../../src/station/run-model.ts'
import { sampleOfCodes } from '../support/station-code-samples.ts'

const both = (said: Sentence): readonly string[] => [say(said), say(said, inChinese)]

it('every code says something else, in both languages, and lacks no parameter', () => {
  const codes = [...new Set([...runCodes, ...refusalCodes])]
  const texts = codes.flatMap((code) => both(codeSentence(code, sampleOfCodes[code])))
  expect(new Set(texts).size).toBe(2 * codes.length)
  expect(texts.filter((text) => /^[a-z_]+$/.test(text))).toEqual([])
  expect(Object.keys(sampleOfCodes).sort()).toEqual(codes.toSorted())
})

it.each([
  ['NO_CONNECT', 'The board did not connect in 90 s. Check power and Wi-Fi.', '90 秒内设备未连接，请检查电源和 Wi-Fi。'],
  ['OTHER_BOARD', 'SN-1 did not connect. SN-2 connected instead. Check the label.', 'SN-1 未连接，连接的是 SN-2，请核对标签。'],
  ['WRONG_SLOT', 'SN-1 is in slot 2, not in slot 1.', 'SN-1 在 2 号槽位，不在 1 号槽位。'],
  ['NO_VERSION', 'Connected, but reported no version in 30 s.', '已连接，但 30 秒内未上报版本。'],
  ['SELFTEST_FAILED', 'Vbat 3.02 V, allowed 3.1 to 3.5.', 'Vbat 3.02 V，允许 3.1～3.5。'],
  ['SELFTEST_MISSING', 'No test result in 120 s.', '120 秒内无测试结果。'],
  ['RETEST_LIMIT', 'Failed 3 times. To repair.', '已失败 3 次，送修。'],
  ['REFERENCE_DUE', 'Test the golden board first.', '请先测试标准板。'],
  ['REFERENCE_WRONG', 'The bad board passed. Call the engineer.', '坏板测试通过，请叫工程师。'],
] as const)('%s says what the operator has to know', (code, english, chinese) => {
  expect(both(codeSentence(code, sampleOfCodes[code]))).toEqual([english, chinese])
})

it.each([
  [{ low: 3.1, high: null, unit: null }, 'Vbat 3.02, allowed at least 3.1.'],
  [{ low: null, high: 3, unit: null }, 'Vbat 3.02, allowed at most 3.'],
  [{ low: null, high: null, equals: 'ok', value: 'null' }, 'Vbat null V, allowed ok.'],
])('a limit with one bound is said so: %o', (of, text) => {
  expect(say(codeSentence('SELFTEST_FAILED', { measurement: { ...sampleOfCodes.SELFTEST_FAILED.measurement, ...of } }))).toBe(text)
})

it('a board that the server refused is said with the reason, one of a slot with its addresses', () => {
  const said = codeSentence('NO_CONNECT', { seconds: 90, refused: 'not authorized', from: '10.0.3.0/24' })
  expect(both(said)).toEqual([
    'The board did not connect in 90 s from 10.0.3.0/24. The server refused it: not authorized',
    '90 秒内未收到来自 10.0.3.0/24 的连接，服务器拒绝了它：not authorized',
  ])
})

it('faults of the board fail, those of the station are errors', () => {
  const of = (outcome: string) => runCodes.filter((code) => outcomeOf(code) === outcome)
  expect(of('aborted')).toEqual(['ABORTED'])
  expect(of('error')).toEqual(['BUSY', 'JIG_ERROR', 'REFERENCE_WRONG', 'NOT_STORED'])
  expect(of('failed')).toHaveLength(runCodes.length - 5)
})
