// All that the screen shows, and how it changes by what the server says. Pure.

import type { Run, StationView } from '../api/records.d.ts'
import { isAlarm, merged, type Notice } from './notice.ts'
import { type Face, faceOf, type SlotView } from './slot-face.ts'

/** `lost`: what is known may be wrong by now, so nothing of it is shown. */
export type Phase = 'connecting' | 'on' | 'lost' | 'no-token' | 'bad-token' | 'no-station'

export interface ScreenState {
  readonly phase: Phase
  readonly view: StationView | null
  readonly notice: Notice | null
  /** By slot: the run whose PASS was ended by a scan that began no other. */
  readonly over: ReadonlyMap<number, string>
  /** The server's time (ms). */
  readonly now: number
  /** Since when the server is lost, by its own clock. */
  readonly lostSince: number | null
  /** Whether keys come to this page. */
  readonly hasFocus: boolean
}

export const firstState: ScreenState = {
  phase: 'connecting',
  view: null,
  notice: null,
  over: new Map(),
  now: 0,
  lostSince: null,
  hasFocus: true,
}

const isOlder = (one: Run, other: Run): boolean => Number(one.id) < Number(other.id)

/** A run as an event has it; what the event does not say is read anew. */
const withRun = (slot: SlotView, run: Run): SlotView => {
  if (slot.run !== null && (isOlder(run, slot.run) || (slot.run.id === run.id && slot.run.state === 'ended'))) return slot
  const isSame = slot.run?.id === run.id
  return isSame && slot.run?.state === run.state
    ? { ...slot, run }
    : { ...slot, run, isSaving: false, isAcknowledged: false, progress: null, until: null }
}

export const viewWithRun = (view: StationView, run: Run): StationView => ({
  ...view,
  slotViews: view.slotViews.map((slot) => (slot.slot === run.slot ? withRun(slot, run) : slot)),
})

export const seen = (state: ScreenState, id: string): ScreenState =>
  state.view === null
    ? state
    : {
        ...state,
        view: {
          ...state.view,
          slotViews: state.view.slotViews.map((slot) => (slot.run?.id === id ? { ...slot, isAcknowledged: true } : slot)),
        },
      }

/** The slot that a scan was about, as far as that is known. */
const slotOf = ({ view }: ScreenState, { slot }: Notice): number | null => slot ?? (view?.slots === 1 ? 1 : null)

/** A green slot must not be read as the answer to a scan that was refused. */
const overAfter = (state: ScreenState, notice: Notice): ScreenState['over'] => {
  const place = slotOf(state, notice)
  const run = state.view?.slotViews.find(({ slot }) => slot === place)?.run
  if (place === null || run?.outcome !== 'passed' || /^fb:/i.test(notice.scanned)) return state.over
  return new Map([...state.over, [place, run.id]])
}

export const withNotice = (state: ScreenState, next: Notice): ScreenState => {
  const notice = merged(state.notice, next)
  return { ...state, notice, over: isAlarm(notice) ? overAfter(state, notice) : state.over }
}

/** An engineer is needed before anything can be tested. */
const isBlocked = (view: StationView | null): boolean => view !== null && (view.rev === null || (view.reference?.blocked ?? null) !== null)

const blocked: Face = { tone: 'warn', word: 'blocked', mustBeSeen: false }

export const slotFace = (slot: SlotView, { view, now, over }: ScreenState): Face => {
  const face = faceOf(slot, { now, passSeconds: view?.passSeconds ?? 0, over: over.get(slot.slot) ?? null })
  return face.word === 'scan' && isBlocked(view) ? blocked : face
}

/** Whether a notice is said in the slot itself: it holds no board that somebody still has to see to. */
export const noticeIn = (slot: SlotView, state: ScreenState): Notice | null => {
  const { notice } = state
  if (notice === null || !isAlarm(notice) || slotOf(state, notice) !== slot.slot) return null
  const { word } = slotFace(slot, state)
  return word === 'scan' || word === 'blocked' ? notice : null
}

/** What is heard of a change: of results that have just come. */
export const soundOf = (before: StationView | null, after: StationView): 'pass' | 'alarm' | null => {
  if (before === null) return null
  const results = after.slotViews.flatMap((slot) => {
    const { run } = slot
    const was = before.slotViews.find((each) => each.slot === slot.slot)?.run
    const isNew = run?.state === 'ended' && !(was?.id === run.id && was.state === 'ended') && !slot.isAcknowledged
    return isNew ? [faceOf(slot, { now: 0, passSeconds: 0, over: null }).tone] : []
  })
  if (results.some((tone) => tone === 'fail' || tone === 'warn')) return 'alarm'
  return results.length > 0 ? 'pass' : null
}
