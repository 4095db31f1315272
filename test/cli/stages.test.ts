import { describe, expect, test } from 'vitest'
import type { CampaignView, GateView, PhaseView } from '../../src/cli/api-records.ts'
import { createStages } from '../../src/cli/stages.ts'
import { campaign, counts } from '../support/cli-samples.ts'

/** Parsed from JSON: an object literal with `then` would look like a promise. */
const phase = (fields: Partial<PhaseView>): PhaseView => ({
  ...(JSON.parse('{"successPercent":95,"minFinished":1,"soakSeconds":0,"then":"next"}') as PhaseView),
  open: true,
  counts: counts({ queued: 2 }),
  waiting: 1,
  ...fields,
})
const gate = (step: GateView['step']): GateView => ({
  step,
  size: 2,
  finished: 1,
  succeededPercent: 100,
  neededPercent: 95,
  minFinished: 1,
  soakEndsAt: null,
  against: [],
})
const phased = (fields: Partial<CampaignView>): CampaignView =>
  campaign({ phase: 1, phases: [phase({ tag: 'canary' }), phase({ percent: 25, open: false })], gate: gate('sample'), ...fields })

/** The lines for records that come one after another. */
const said = (...records: CampaignView[]): string[][] => {
  const stages = createStages()
  return records.map((record) => stages(record))
}

describe('what a watch prints about stages', () => {
  test('each phase that opens, once', () => {
    expect(said(phased({}), phased({}), phased({ phase: 2 }))).toEqual([
      ['campaign 3: phase 1 of 2 is open (tag canary): 3 devices'],
      [],
      ['campaign 3: phase 2 of 2 is open (up to 25 %): 3 devices'],
    ])
  })

  test('a soak with its figures, and the wait for an operator', () => {
    const text = 'phase 1 has 2 of 2 finished; it soaks until 2026-03-01T13:00:00.000Z'
    expect(said(phased({}), phased({ gate: gate('soak'), text }), phased({ gate: gate('operator') })).slice(1)).toEqual([
      [`campaign 3: ${text}`],
      ['campaign 3: phase 1 is done; to open the next one: fogbell campaign next 3'],
    ])
  })

  test('a pause by a rule with its figures and what can be done', () => {
    const text = '2 of 5 finished failed; paused by the rule: 20 % of at least 5 devices; `fogbell campaign resume 3` continues it'
    const paused = { status: 'paused', gate: gate('sample'), text } as const
    const lost = [phase({ tag: 'canary', counts: counts({ failed: 1, timed_out: 1 }) }), phase({ percent: 25, open: false })]
    expect(
      said(phased({}), phased({ ...paused, reason: 'aborted' }), phased({ ...paused, phases: lost, reason: 'phase_failed' })).slice(1),
    ).toEqual([
      [`campaign 3: paused (aborted): ${text}; to end it: fogbell campaign cancel 3`],
      [
        `campaign 3: paused (phase_failed): ${text}; open the next phase anyway: fogbell campaign next 3, or retry the 2 devices: fogbell campaign retry 3 and fogbell campaign resume 3, or end it: fogbell campaign cancel 3`,
      ],
    ])
  })

  test('a phase that cannot pass any more, after an operator has resumed it', () => {
    const text = 'phase 1 has 2 of 2 finished, 50 % succeeded of 95 % needed'
    const stuck = phased({ gate: { ...gate('success'), finished: 2 }, text })
    const next = `campaign 3: ${text}; it stays in phase 1: open the next phase anyway: fogbell campaign next 3`
    expect(said(phased({ gate: gate('success') }), stuck, stuck).slice(1)).toEqual([[next], []])
    const phases = [phase({ tag: 'canary', counts: counts({ failed: 1 }) }), phase({ percent: 25, open: false })]
    expect(said({ ...stuck, phases })).toEqual([
      ['campaign 3: phase 1 of 2 is open (tag canary): 2 devices', `${next}, or retry the device: fogbell campaign retry 3`],
    ])
  })

  test('a campaign that is canceled by a rule or its end, and why', () => {
    const canceled = campaign({ status: 'canceled', reason: 'expired', text: 'its end has come' })
    expect(said(campaign({}), canceled)).toEqual([[], ['campaign 3: canceled (expired): its end has come']])
  })

  test('when it starts, and each opening and closing of its windows', () => {
    const closed = { ...campaign().schedule, open: false, until: '2026-03-02T02:00:00.000Z' }
    const open = { ...closed, open: true, until: '2026-03-02T04:00:00.000Z' }
    const text = 'its windows are closed; the next opens at 2026-03-02T02:00:00.000Z'
    expect(
      said(
        campaign({ status: 'scheduled', schedule: closed, text: 'starts at 2026-03-02T00:00:00.000Z' }),
        campaign({ schedule: closed, text }),
        campaign({ schedule: open }),
        campaign({ schedule: open }),
        campaign({ schedule: closed, text }),
      ),
    ).toEqual([
      ['campaign 3: scheduled: starts at 2026-03-02 00:00:00 +00:00'],
      ['campaign 3: running: its windows are closed; the next opens at 2026-03-02 02:00:00 +00:00', `campaign 3: ${text}`],
      ['campaign 3: its schedule is open until 2026-03-02T04:00:00.000Z'],
      [],
      [`campaign 3: ${text}`],
    ])
  })

  test('nothing about a campaign that simply runs to its end', () => {
    expect(said(campaign({}), campaign({}), campaign({ status: 'completed' }))).toEqual([[], [], []])
  })
})
