// What the screen of a station makes of what the server says: faces of slots, refusals, sounds. Without a browser.

import { expect, test } from 'vitest'
import type { Run, StationView } from '../../src/ui/api/records.d.ts'
import { isAlarm, merged, noticeOf, shownScan, shownUntaken, whenLost } from '../../src/ui/station/notice.ts'
import {
  firstState,
  noticeIn,
  type ScreenState,
  seen,
  slotFace,
  soundOf,
  viewWithRun,
  withNotice,
} from '../../src/ui/station/screen-state.ts'
import { columnsOf, labelFault, rowsOf, type SlotView } from '../../src/ui/station/slot-face.ts'

const endedAt = '2026-01-02T03:04:05.000Z'

const run = (changes: Partial<Run> = {}): Run =>
  ({ id: '7', station: 'fct-1', slot: 1, serial: 'SN-1', state: 'ended', outcome: 'passed', reference: null, endedAt, ...changes }) as Run

const slot = (shown: Run | null, changes: Partial<SlotView> = {}): SlotView => ({
  slot: 1,
  run: shown,
  isSaving: false,
  isAcknowledged: false,
  progress: null,
  until: null,
  ...changes,
})

const view = (slotViews: readonly SlotView[], changes: Partial<StationView> = {}): StationView =>
  ({ slots: slotViews.length, slotViews, rev: 1, passSeconds: 0, reference: null, ...changes }) as StationView

const state = (slotViews: readonly SlotView[], changes: Partial<StationView> = {}): ScreenState => ({
  ...firstState,
  phase: 'on',
  view: view(slotViews, changes),
  now: Date.parse(endedAt),
})

const faceOf = (one: SlotView, changes: Partial<StationView> = {}, now = 0): string => {
  const on = state([one], changes)
  const { tone, word } = slotFace(one, { ...on, now: on.now + now })
  return `${tone} ${word}`
}

test('each state of a run has its colour and its word', () => {
  const shown = [
    slot(null),
    slot(run({ state: 'waiting', outcome: null })),
    slot(run({ state: 'updating', outcome: null })),
    slot(run()),
    slot(run({ outcome: 'failed' })),
    slot(run({ outcome: 'error' })),
    slot(run({ outcome: 'aborted' })),
  ].map((one) => faceOf(one))
  expect(shown).toEqual(['idle scan', 'busy waiting', 'busy updating', 'pass passed', 'fail failed', 'warn error', 'warn aborted'])
})

test('nothing is green before it is on disk, and no state or outcome of a later version is', () => {
  expect(faceOf(slot(run(), { isSaving: true }))).toBe('busy saving')
  expect(faceOf(slot(run({ state: 'cooling' as Run['state'], outcome: null })))).toBe('busy testing')
  expect(faceOf(slot(run({ state: 'cooling' as Run['state'] })))).toBe('busy testing')
  expect(faceOf(slot(run({ outcome: 'scrapped' as Run['outcome'] })))).toBe('warn error')
})

test('a reference board that behaves is no FAIL and no PASS, one that does not is what it is', () => {
  expect(faceOf(slot(run({ reference: 'golden' })))).toBe('reference reference')
  expect(faceOf(slot(run({ reference: 'bad', outcome: 'failed' })))).toBe('reference reference')
  expect(faceOf(slot(run({ reference: 'golden', outcome: 'failed' })))).toBe('fail failed')
  expect(faceOf(slot(run({ reference: 'bad' })))).toBe('warn error')
})

test('a PASS stays until the next scan or as long as is set, and all else until it was seen', () => {
  expect(faceOf(slot(run()), {}, 86_400_000)).toBe('pass passed')
  expect([faceOf(slot(run()), { passSeconds: 10 }, 9999), faceOf(slot(run()), { passSeconds: 10 }, 10_000)]).toEqual([
    'pass passed',
    'idle scan',
  ])
  const failed = state([slot(run({ outcome: 'failed' }))], { passSeconds: 1 })
  const shown = (at: ScreenState): string => (at.view === null ? '' : slotFace(at.view.slotViews[0] ?? slot(null), at).word)
  expect([shown({ ...failed, now: failed.now + 86_400_000 }), shown(seen(failed, '7'))]).toEqual(['failed', 'scan'])
})

test('a station that an engineer must see to is amber where no board is', () => {
  const blocked = { reference: { dueAt: null, wanted: [], blocked: 'bad' as const } }
  expect([faceOf(slot(null), blocked), faceOf(slot(null), { rev: null }), faceOf(slot(run({ outcome: 'failed' })), blocked)]).toEqual([
    'warn blocked',
    'warn blocked',
    'fail failed',
  ])
})

test('a refused scan ends the PASS of its slot, never a FAIL, and is said in the slot where nothing else is', () => {
  const refused = noticeOf('refused', 'SN-2', { code: 'ROUTE', text: 'no' })
  const passed = withNotice(state([slot(run())]), refused)
  const failed = withNotice(state([slot(run({ outcome: 'failed' }))]), refused)
  const words = [passed, failed].map((at) => at.view?.slotViews.map((one) => [slotFace(one, at).word, noticeIn(one, at)?.code ?? null]))
  expect(words).toEqual([[['scan', 'ROUTE']], [['failed', null]]])
  // Of several slots nobody knows which one was meant; a command is no board.
  const two = state([slot(run()), slot(run({ id: '8', slot: 2 }), { slot: 2 })])
  expect([withNotice(two, refused).over.size, withNotice(two, { ...refused, slot: 2 }).over.get(2)]).toEqual([0, '8'])
  expect(withNotice(state([slot(run())]), noticeOf('refused', 'FB:OK')).over.size).toBe(0)
})

test('a refusal that comes as an answer and as an event is one, with its slot', () => {
  const answer = noticeOf('refused', 'SN-2', { code: 'ROUTE' })
  expect(merged({ ...answer, slot: 3 }, answer).slot).toBe(3)
  expect(merged(noticeOf('refused', 'SN-3', { code: 'ROUTE', slot: 3 }), answer).slot).toBeNull()
  const alarms = (['refused', 'untaken', 'composed', 'cut', 'sending', 'done'] as const).filter((kind) => isAlarm({ ...answer, kind }))
  expect(alarms).toEqual(['refused', 'untaken', 'composed', 'cut'])
})

test('a refusal is not said again when the server is lost, and what the server did not get is', () => {
  expect([null, noticeOf('refused', 'SN-1'), noticeOf('done', 'FB:OK')].map(whenLost)).toEqual([null, null, null])
  expect(whenLost(noticeOf('sending', 'SN-1'))?.kind).toBe('sending')
  expect(whenLost(noticeOf('cut', ''))?.kind).toBe('untaken')
})

test('of a long scanned text the screen shows the begin', () => {
  expect([shownScan('SN-1'), shownScan('x'.repeat(1000))]).toEqual(['SN-1', `${'x'.repeat(40)}…`])
})

test('the time of a scan that was not taken begins when the server is there, and anew with the next one', () => {
  const [one, other] = [noticeOf('untaken', 'SN-1'), noticeOf('untaken', 'SN-1')]
  expect(shownUntaken(null, one, false, 5)).toBeNull()
  const first = shownUntaken(null, one, true, 10)
  expect(shownUntaken(first, one, true, 20)?.since).toBe(10)
  expect(shownUntaken(first, other, true, 30)?.since).toBe(30)
  expect(shownUntaken(first, one, false, 40)).toBeNull()
  expect(shownUntaken(first, noticeOf('refused', 'SN-1'), true, 50)).toBeNull()
})

test('an event of an earlier run, or one that comes late, changes nothing', () => {
  const now = view([slot(run({ id: '10' }))])
  expect(viewWithRun(now, run({ id: '9', outcome: 'failed' })).slotViews[0]?.run?.id).toBe('10')
  expect(viewWithRun(now, run({ id: '10', state: 'testing', outcome: null })).slotViews[0]?.run?.state).toBe('ended')
  expect(viewWithRun(now, run({ id: '11', state: 'waiting', outcome: null })).slotViews[0]).toMatchObject({
    run: { id: '11' },
    progress: null,
  })
})

test('a result is heard when it comes, not when the screen opens, and a FAIL drowns a PASS', () => {
  const testing = view([slot(run({ state: 'testing', outcome: null }))])
  expect(soundOf(null, view([slot(run())]))).toBeNull()
  expect(soundOf(testing, view([slot(run())]))).toBe('pass')
  expect(soundOf(testing, view([slot(run({ outcome: 'failed' }))]))).toBe('alarm')
  expect(soundOf(testing, view([slot(run({ outcome: 'failed', reference: 'bad' }))]))).toBe('pass')
  expect(soundOf(view([slot(run())]), view([slot(run())]))).toBeNull()
  expect(soundOf(testing, view([slot(run()), slot(run({ id: '8', outcome: 'failed', slot: 2 }), { slot: 2 })]))).toBe('alarm')
})

test('every number of slots has a place in the grid', () => {
  for (let slots = 1; slots <= 16; slots++) expect([slots, columnsOf(slots) * rowsOf(slots) >= slots]).toEqual([slots, true])
  expect([1, 2, 4, 8, 16].map((slots) => columnsOf(slots) * rowsOf(slots))).toEqual([1, 2, 4, 8, 16])
})

test('a unit that has passed says that its label was not printed, until it is printed again', () => {
  const label = (outcome: string | null, said: string | null) => ({ name: 'label', outcome, text: said }) as Run['steps'][number]
  const failed = label('error', 'The label was not printed.')
  const faults = [[], [label(null, null)], [failed], [failed, label('passed', null)]].map((steps) => labelFault(run({ steps })))
  expect([labelFault(null), ...faults]).toEqual([null, null, null, 'The label was not printed.', null])
})
