// Whether a unit may be tested: what its earlier runs allow, and what reference boards are free of.

import { expect, it } from 'vitest'
import { say } from '../../src/sentences/sentence.ts'
import { interlock } from '../../src/station/rules/interlock.ts'
import { isReferenceRight, referenceDue, referenceOf } from '../../src/station/rules/reference.ts'
import { countRun, releasedProcess } from '../../src/station/rules/yield.ts'
import type { Run } from '../../src/station/run-model.ts'
import type { Procedure, Unit, UnitProcess } from '../../src/station/station-model.ts'
import { sampleProcedure, sampleRun, sampleUnit } from '../support/station-samples.ts'

const asked = { serial: 'SN-1', isRetest: false, reason: null }
const key = { shift: 0, station: 'fct-1', process: 'FCT', product: 'lamp', version: '', workOrder: null }

/** A unit after runs that ended so: P passed, F failed, N did not connect. */
const after = (letters: string): UnitProcess | undefined =>
  letters.split('').reduce<UnitProcess | undefined>((before, letter) => {
    const end: Partial<Run> =
      letter === 'P' ? {} : { outcome: 'failed', code: letter === 'F' ? 'SELFTEST_FAILED' : 'NO_CONNECT', endedAt: 60_000 }
    return countRun(before, sampleRun(end), key).process
  }, undefined)

const unitAfter = (letters: string): Unit => {
  const process = after(letters)
  return sampleUnit({ processes: process === undefined ? {} : { FCT: process } })
}

const reasonOf = (procedure: Procedure, unit: Unit | null, of: Partial<typeof asked> | { reason: string } = {}): string | null => {
  const answer = interlock(procedure, unit, null, { ...asked, ...of })
  return answer.ok ? null : answer.refusal.reason
}

it('a unit that never was here is tested for the first time', () => {
  expect(interlock(sampleProcedure(), null, null, asked)).toEqual({ ok: true, attempt: 1, isRetest: false, reason: null, reference: null })
})

it('a unit that is being tested is refused, with the place', () => {
  const answer = interlock(sampleProcedure(), null, sampleRun({ station: 'fct-2', slot: 3 }), asked)
  expect(answer).toMatchObject({ ok: false, refusal: { reason: 'ALREADY_RUNNING' } })
  expect(answer.ok || say(answer.refusal.said)).toBe('Running at fct-2, slot 3.')
})

it('a unit that has passed is tested again only if that is asked for', () => {
  const unit = unitAfter('NP')
  expect(reasonOf(sampleProcedure(), unit)).toBe('ALREADY_PASSED')
  expect(interlock(sampleProcedure(), unit, null, { ...asked, isRetest: true })).toMatchObject({ ok: true, attempt: 3, isRetest: true })
  expect(reasonOf(sampleProcedure(), unitAfter('PF'))).toBeNull()
})

it('a unit is tested again up to the limit, then after a release', () => {
  expect(['F', 'FF', 'FFF', 'NNNN', 'FFN', 'FFFP'].map((letters) => reasonOf(sampleProcedure(), unitAfter(letters)))).toEqual([
    null,
    null,
    'RETEST_LIMIT',
    null,
    null,
    'ALREADY_PASSED',
  ])
  expect(reasonOf(sampleProcedure({ retest: { max: 0, reasonNeeded: false } }), unitAfter('F'))).toBe('RETEST_LIMIT')
  const process = after('FFF')
  expect(process).toBeDefined()
  if (process !== undefined) expect(reasonOf(sampleProcedure(), sampleUnit({ processes: { FCT: releasedProcess(process) } }))).toBeNull()
})

it('the reason for a retest is needed where the procedure wants it', () => {
  const procedure = sampleProcedure({ retest: { max: 2, reasonNeeded: true } })
  expect(['', 'N', 'F'].map((letters) => reasonOf(procedure, unitAfter(letters)))).toEqual([null, null, 'REASON_NEEDED'])
  expect(interlock(procedure, unitAfter('F'), null, { ...asked, reason: 'loose cable' })).toMatchObject({ ok: true, reason: 'loose cable' })
  expect(reasonOf(procedure, unitAfter('P'), { isRetest: true })).toBe('REASON_NEEDED')
})

it('the first earlier process that has not passed is named', () => {
  const procedure = sampleProcedure({ process: 'BURN-IN', requires: ['FCT', 'constructor'] })
  const said = (unit: Unit | null) => {
    const answer = interlock(procedure, unit, null, asked)
    return answer.ok ? null : say(answer.refusal.said)
  }
  expect([null, unitAfter('F'), unitAfter('P')].map(said)).toEqual([
    'FCT has not passed yet.',
    'FCT has not passed yet.',
    'constructor has not passed yet.',
  ])
  expect(reasonOf(sampleProcedure({ process: 'BURN-IN', requires: ['FCT'] }), unitAfter('PF'))).toBe('ROUTE')
})

// ---------------------------------------------------------------- reference boards

const reference = { everySeconds: 3600, golden: ['G-1', 'G-2'], bad: ['B-1'] }

it('reference boards are distinguished from units by their serial numbers', () => {
  expect(['G-2', 'B-1', 'SN-1'].map((serial) => referenceOf({ reference }, serial))).toEqual(['golden', 'bad', null])
  expect(referenceOf({ reference: null }, 'G-1')).toBeNull()
})

it('a reference board is tested as often as wanted, whatever came before', () => {
  const procedure = sampleProcedure({ reference, requires: ['ICT'], retest: { max: 0, reasonNeeded: true } })
  for (const letters of ['P', 'FFF', ''])
    expect(interlock(procedure, unitAfter(letters), null, { ...asked, serial: 'G-1' })).toMatchObject({ ok: true, reference: 'golden' })
  expect(interlock(procedure, null, null, { ...asked, serial: 'B-1' })).toMatchObject({ ok: true, reference: 'bad', isRetest: false })
  expect(interlock(procedure, null, sampleRun(), { ...asked, serial: 'B-1' })).toMatchObject({ refusal: { reason: 'ALREADY_RUNNING' } })
})

const now = 10_000_000
const desk = (goldenAt: number | null, badAt: number | null) => ({ goldenAt, badAt, blocked: null })

it('both kinds are wanted at first, and each again after its time', () => {
  const hour = 3_600_000
  expect(referenceDue({ reference }, desk(null, null), now)).toEqual({ wanted: ['golden', 'bad'], dueAt: null, blocked: null })
  expect(referenceDue({ reference }, desk(now - 1000, null), now)).toMatchObject({ wanted: ['bad'], dueAt: null })
  expect(referenceDue({ reference }, desk(now - 1000, now - 2000), now)).toMatchObject({ wanted: [], dueAt: now - 2000 + hour })
  expect(referenceDue({ reference }, desk(now - hour, now - 1), now)).toMatchObject({ wanted: ['golden'], dueAt: now })
})

it('a kind without boards is never wanted, nor is any of a procedure without references', () => {
  expect(referenceDue({ reference: { ...reference, bad: [] } }, desk(now, null), now)).toMatchObject({ wanted: [], dueAt: now + 3_600_000 })
  expect(referenceDue({ reference: null }, desk(null, null), now)).toBeNull()
})

it('a board that was tested in the future of a clock that was set back is wanted now', () => {
  expect(referenceDue({ reference }, desk(now + 1, now), now)?.wanted).toEqual(['golden'])
})

it('a station that is blocked says so', () => {
  expect(referenceDue({ reference }, { ...desk(now, now), blocked: 'bad' }, now)?.blocked).toBe('bad')
})

it('golden boards have to pass, bad ones to fail; an error says nothing of either', () => {
  const all = (['passed', 'failed', 'error', 'aborted'] as const).map((outcome) => isReferenceRight('golden', outcome))
  expect(all).toEqual([true, false, null, null])
  expect((['passed', 'failed', 'error'] as const).map((outcome) => isReferenceRight('bad', outcome))).toEqual([false, true, null])
})
