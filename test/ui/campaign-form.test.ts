// The form of a campaign: its texts become a request, and a campaign becomes its texts.

import { expect, test } from 'vitest'
import type { Campaign, Counts } from '../../src/ui/api/records.d.ts'
import {
  campaignBody,
  emptyForm,
  formOf,
  hasRest,
  phasesToOpen,
  swapped,
  wholeBody,
  without,
} from '../../src/ui/app/campaigns/campaign-form.ts'

const counts: Counts = {
  queued: 0,
  notified: 0,
  in_progress: 0,
  succeeded: 0,
  failed: 0,
  timed_out: 0,
  rejected: 0,
  canceled: 0,
  skipped: 0,
}
type CampaignPhase = Campaign['phases'][number]
const usualPhase = JSON.parse(
  '{"successPercent":100,"minFinished":1,"soakSeconds":0,"then":"next","open":false,"waiting":0}',
) as CampaignPhase
const phase = (fields: Partial<CampaignPhase>): CampaignPhase => ({ ...usualPhase, counts, ...fields })

const campaign: Campaign = {
  id: '7',
  name: 'June',
  status: 'draft',
  reason: null,
  text: null,
  code: null,
  params: null,
  lastStep: null,
  steps: [],
  firmware: '3',
  product: 'lamp',
  module: 'default',
  version: '2.0.0',
  phase: null,
  counts,
  unreported: 0,
  waiting: 0,
  waitingFor: [],
  gate: null,
  target: { devices: ['lamp/l1'], tags: ['hall'], from: ['1.0'], exclude: [], continuous: true },
  phases: [phase({ tag: 'canary', soakSeconds: 600 }), phase({ percent: 20, successPercent: 95 }), phase({ percent: 100 })],
  abort: [{ on: 'failed', percent: 10, minFinished: 3, action: 'cancel', finished: 0, bad: 0, since: null }],
  rate: { perMinute: 500, maxInProgress: 20 },
  schedule: {
    startAt: '2026-12-01T02:00:00.000Z',
    endAt: null,
    windows: [{ cron: '0 2 * * *', minutes: 60, timeZone: null }],
    open: true,
    until: null,
  },
  timeouts: { noResponseSeconds: 86_400, upgradeSeconds: null, stallSeconds: 900 },
  retry: { max: 2, delaySeconds: 60, onTimeout: false },
  overwrite: false,
  push: false,
  reflash: true,
  createdAt: '2026-11-29T10:00:00.000Z',
  startedAt: null,
  endedAt: null,
}

test('a form in which only the package is chosen asks for nothing else', () => {
  expect(campaignBody({ ...emptyForm, firmware: '3' }, 'lamp')).toEqual({ firmware: '3' })
})

test('a campaign that becomes a form and is sent again is the same campaign', () => {
  expect(wholeBody(formOf(campaign), 'lamp')).toEqual({
    firmware: '3',
    name: 'June',
    target: { devices: ['lamp/l1'], tags: ['hall'], from: ['1.0'], continuous: true },
    phases: [
      { tag: 'canary', successPercent: 100, minFinished: 1, soakSeconds: 600 },
      { percent: 20, successPercent: 95, minFinished: 1 },
    ],
    abort: [{ on: 'failed', percent: 10, minFinished: 3, action: 'cancel' }],
    rate: { perMinute: 500, maxInProgress: 20 },
    schedule: { startAt: '2026-12-01T02:00:00.000Z', windows: [{ cron: '0 2 * * *', minutes: 60 }] },
    timeouts: { noResponseSeconds: 86_400, stallSeconds: 900 },
    retry: { max: 2, delaySeconds: 60 },
    overwrite: false,
    push: false,
    reflash: true,
  })
})

test('the usual rule stays the usual rule, also when it has grown while the campaign ran; no rule is said', () => {
  const usual = { on: 'any', percent: 20, minFinished: 8, action: 'pause', finished: 9, bad: 1, since: null } as const
  expect(formOf({ ...campaign, status: 'canceled', abort: [usual] })['abort.mode']).toBe('default')
  expect(formOf({ ...campaign, abort: [usual] })['abort.mode']).toBe('own')
  expect(campaignBody({ ...emptyForm, firmware: '3', 'abort.mode': 'none' }, 'lamp')).toEqual({ firmware: '3', abort: [] })
})

test('what is no number is sent as it was typed, so that its field gets the fault', () => {
  const values = { ...emptyForm, firmware: '3', 'phases.n': '1', 'phases[0].by': 'percent', 'phases[0].percent': 'many' }
  expect(campaignBody(values, 'lamp')).toEqual({ firmware: '3', phases: [{ percent: 'many' }] })
})

test('phases change places, and are taken out, with all their fields', () => {
  const values = {
    'phases.n': '3',
    'phases[0].by': 'tag',
    'phases[0].tag': 'canary',
    'phases[1].percent': '20',
    'phases[2].percent': '50',
  }
  expect(swapped(values, 'phases', 0, 1)).toMatchObject({ 'phases[0].percent': '20', 'phases[0].tag': '', 'phases[1].tag': 'canary' })
  expect(without(values, 'phases', 0)).toMatchObject({
    'phases.n': '2',
    'phases[0].percent': '20',
    'phases[0].by': '',
    'phases[1].percent': '50',
    'phases[2].percent': '',
  })
})

test('of a phase by count all that it adds must have finished, unless something else is typed; of one by share the server decides', () => {
  const values = {
    ...emptyForm,
    'phases.n': '4',
    'phases[0].by': 'count',
    'phases[0].count': '5',
    'phases[1].by': 'count',
    'phases[1].count': '20',
    'phases[2].by': 'count',
    'phases[2].count': '30',
    'phases[2].minFinished': '2',
    'phases[3].percent': '50',
  }
  expect(campaignBody(values, 'lamp')).toEqual({
    phases: [{ count: 5, minFinished: 5 }, { count: 20, minFinished: 15 }, { count: 30, minFinished: 2 }, { percent: 50 }],
  })
  expect(campaignBody({ ...values, 'phases.n': '1', 'phases[0].count': 'few' }, 'lamp')).toEqual({ phases: [{ count: 'few' }] })
})

test('the rest is a phase of its own unless the last one has all; those that wait for somebody are named by their numbers', () => {
  const one = { ...emptyForm, 'phases.n': '1', 'phases[0].by': 'percent', 'phases[0].percent': '100', 'phases[0].then': 'wait' }
  expect([hasRest(emptyForm), hasRest(one), hasRest({ ...one, 'phases[0].percent': '5' })]).toEqual([false, false, true])
  expect(phasesToOpen(one)).toEqual([])
  expect(phasesToOpen({ ...one, 'phases[0].percent': '5' })).toEqual([2])
})
