// What the form of a campaign finds wrong by itself, and which faults of the server have no field.

import { expect, test } from 'vitest'
import type { Problem } from '../../src/ui/api/records.d.ts'
import { emptyForm } from '../../src/ui/app/campaigns/campaign-form.ts'
import { ownFaults, shownPaths, sortedFaults } from '../../src/ui/app/campaigns/own-faults.ts'

const some = { ...emptyForm, 'target.kind': 'some' }

test('some devices without a tag and without a name are at fault, all devices are not', () => {
  expect(Object.keys(ownFaults(some))).toEqual(['target.tags'])
  expect(Object.keys(ownFaults({ ...some, 'target.tags': ' ，', 'target.devices': '\n' }))).toEqual(['target.tags'])
  expect(ownFaults({ ...some, 'target.devices': 'l1' })).toEqual({})
  expect(ownFaults({ ...some, 'target.tags': 'hall' })).toEqual({})
  expect(ownFaults({ ...emptyForm, 'target.tags': '' })).toEqual({})
})

test('own rules without a rule are at fault, no rule is not', () => {
  expect(Object.keys(ownFaults({ ...emptyForm, 'abort.mode': 'own' }))).toEqual(['abort.mode'])
  expect(ownFaults({ ...emptyForm, 'abort.mode': 'own', 'abort.n': '1' })).toEqual({})
  expect(ownFaults({ ...emptyForm, 'abort.mode': 'none' })).toEqual({})
})

test('what is no time is at fault in every field of a time', () => {
  const values = {
    ...emptyForm,
    'phases.n': '2',
    'phases[0].soakSeconds': '10',
    'phases[1].soakSeconds': 'soon',
    'retry.delaySeconds': '5 weeks',
  }
  expect(Object.keys(ownFaults(values))).toEqual(['phases[1].soakSeconds', 'retry.delaySeconds'])
})

const problem = (code: Problem['code'], ...paths: readonly string[]): Problem => ({
  type: 'about:blank',
  title: '',
  status: 400,
  code,
  detail: 'all of it',
  detailCode: '',
  params: {},
  faults: paths.map((path) => ({ path, message: 'is wrong', code: '', params: {} })),
  current: null,
})
const named = (path: string): string => path.toUpperCase()

test('a refusal without a field is said as a whole, and does not count as one beside a field', () => {
  const empty = problem('OTA_CAMPAIGN_EMPTY', 'target')
  expect(sortedFaults(empty, {}, shownPaths(emptyForm), named)).toEqual({ beside: 0, rest: ['all of it'] })
  expect(sortedFaults({ ...empty, faults: [] }, {}, shownPaths(emptyForm), named)).toEqual({ beside: 0, rest: ['all of it'] })
  expect(sortedFaults(empty, { 'target.tags': 'none' }, shownPaths(some), named)).toEqual({ beside: 1, rest: ['all of it'] })
})

test('a fault is shown beside its field only where the field is shown', () => {
  const values = { ...emptyForm, 'phases.n': '1', 'phases[0].by': 'count' }
  const faults = problem('OTA_BAD_REQUEST', 'phases[0].count', 'target.from[2]', 'target.tags[0]')
  const { beside, rest } = sortedFaults(faults, {}, shownPaths(values), named)
  expect(beside).toBe(2)
  expect(rest).toHaveLength(1)
  expect(sortedFaults(faults, {}, shownPaths({ ...values, 'target.kind': 'some' }), named)).toEqual({ beside: 3, rest: [] })
})
