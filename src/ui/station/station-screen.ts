// The screen of one station, alive: the stream, the readings and the scans make its state. Knows no view.

import type { Run, StationView } from '../api/records.d.ts'
import type { Ended } from './burst.ts'
import { isAlarm, isSame, type Notice, noticeOf, type ShownUntaken, shownUntaken } from './notice.ts'
import { createReading, type Reading } from './reading.ts'
import { createScans, type Scans } from './scans.ts'
import { firstState, type Phase, type ScreenState, seen, slotFace, soundOf, viewWithRun, withNotice } from './screen-state.ts'
import { play } from './sounds.ts'
import type { Asking } from './station-requests.ts'
import { openStationStream, type StationStream, silenceMs } from './station-stream.ts'
import type { Identity } from './station-token.ts'

export interface StationScreen {
  state(): ScreenState
  watch(listener: () => void): void
  ended(ended: Ended): void
  composing(): void
  acknowledge(run: Run): void
  focus(hasFocus: boolean): void
}

/** How often it is looked at what the time has changed (ms). */
const tickMs = 200
/** Between two readings while a board is at work, and while none is (in ticks). */
const pollTicks = { working: 5, resting: 50 }
/** How long the answer to a command is shown (ms). */
const doneMs = 6000
/** How long it is said that a scan was not taken, once the server is there (ms). */
const untakenMs = 10_000
/** A result that has just come was seen by nobody: Enter does not acknowledge it (ms). */
const seenMs = 700
/** The same alarm within this time is one (ms). */
const onceMs = 1000

interface Parts {
  readonly set: (change: (state: ScreenState) => ScreenState) => void
  readonly state: () => ScreenState
  readonly link: Link
}

interface Link {
  /** When the server was heard last. */
  aliveAt: number
  /** From the browser's clock to the server's (ms). */
  offset: number
  language: 'en' | 'zh'
  /** When the last result came. */
  shownAt: number
  /** When the last alarm was heard. */
  heardAt: number
  ticks: number
  untaken: ShownUntaken | null
  stream: StationStream | undefined
}

const isStopped = (phase: Phase): boolean => phase === 'no-token' || phase === 'bad-token' || phase === 'no-station'

const createCell = (first: ScreenState) => {
  const listeners: (() => void)[] = []
  let state = first
  return {
    state: () => state,
    watch: (listener: () => void): void => void listeners.push(listener),
    set(change: (state: ScreenState) => ScreenState): void {
      const next = change(state)
      if (next === state) return
      state = next
      for (const listener of listeners) listener()
    },
  }
}

/** What the server says, and that it says something. */
const takeView = ({ set, state, link }: Parts, view: StationView): void => {
  const before = state()
  const isAlive = performance.now() - link.aliveAt < silenceMs
  const sound = soundOf(before.view, view)
  if (sound !== null) link.shownAt = performance.now()
  if (sound !== null && view.sound && isAlive) play(sound)
  set((old) => ({ ...old, view, phase: isAlive ? 'on' : old.phase, lostSince: isAlive ? null : old.lostSince }))
}

/** A refusal comes twice, as an answer and as an event: it is heard once. */
const sayNotice = ({ set, state, link }: Parts, notice: Notice): void => {
  const { notice: before, view } = state()
  const isAgain = isSame(before, notice) && performance.now() - link.heardAt < onceMs
  if (isAlarm(notice) && !isAgain) {
    link.heardAt = performance.now()
    if (view?.sound !== false) play('alarm')
  }
  set((old) => withNotice(old, notice))
}

const stop = ({ set, state, link }: Parts, status: number): void => {
  link.stream?.close()
  // Of a station that is removed the token is too: which of both it was has been said before.
  if (isStopped(state().phase)) return
  set((old) => ({ ...old, phase: status === 404 ? 'no-station' : 'bad-token' }))
}

interface ReportedScan {
  readonly slot: number | null
  readonly scanned: string
  readonly reason: string | null
  readonly text: string
}

interface ReportedStation {
  readonly removed?: boolean
}

const take = (parts: Parts, reading: Reading, name: string, data: string): void => {
  if (name === 'scan') {
    const { slot, scanned, reason, text } = JSON.parse(data) as ReportedScan
    if (reason !== null) sayNotice(parts, noticeOf('refused', scanned, { slot, text, code: reason }))
    return
  }
  if (name === 'run') {
    const run = JSON.parse(data) as Run
    reading.heard(run)
    const { view } = parts.state()
    if (view !== null) takeView(parts, viewWithRun(view, run))
  }
  const isRemoved = name === 'station' && (JSON.parse(data) as ReportedStation).removed === true
  if (isRemoved) stop(parts, 404)
  else if (name === 'run' || name === 'station' || name === 'reset') reading.changed()
}

/** The sentences of the server come in the station's language. */
const openStream = (parts: Parts, { station }: Identity, authorization: string, reading: Reading): void => {
  const { link } = parts
  link.stream?.close()
  link.stream = openStationStream(station, link.language, authorization, {
    opened: () => reading.changed(),
    alive() {
      link.aliveAt = performance.now()
    },
    event: (name, data) => take(parts, reading, name, data),
    refused: (status) => stop(parts, status),
  })
}

const endUntaken = ({ set, state, link }: Parts, moment: number): void => {
  const { notice, phase } = state()
  link.untaken = shownUntaken(link.untaken, notice, phase === 'on', moment)
  if (link.untaken !== null && moment - link.untaken.since >= untakenMs) set((old) => ({ ...old, notice: null }))
}

const tick = (parts: Parts, reading: Reading): void => {
  const { set, state, link } = parts
  if (isStopped(state().phase)) return
  const moment = performance.now()
  const now = Date.now() + link.offset
  const isLost = moment - link.aliveAt > silenceMs || reading.isLate(moment)
  if (isLost && state().phase !== 'lost') set((old) => ({ ...old, phase: 'lost', lostSince: now }))
  if (Math.floor(now / 250) !== Math.floor(state().now / 250)) set((old) => ({ ...old, now }))
  endUntaken(parts, moment)
  const isWorking = state().view?.slotViews.some(({ run }) => run !== null && run.state !== 'ended') === true
  link.ticks += 1
  if (!isLost && link.ticks % (isWorking ? pollTicks.working : pollTicks.resting) === 0) reading.poll()
}

const enter = ({ set, state, link }: Parts, scans: Scans): void => {
  const { view, phase } = state()
  const isOpen = phase === 'on' && view?.slotViews.some((slot) => slotFace(slot, state()).mustBeSeen) === true
  if (isOpen && performance.now() - link.shownAt > seenMs) scans.scan('FB:OK')
  else if (!isOpen) set((old) => ({ ...old, notice: null }))
}

const createStationScans = (parts: Parts, { station }: Identity, asking: () => Asking, reading: Reading): Scans => {
  const { set, state } = parts
  const settled = (): void => set((old) => (old.notice?.kind === 'sending' ? { ...old, notice: null } : old))
  return createScans(station, asking, {
    isOn: () => state().phase === 'on',
    notice(notice) {
      sayNotice(parts, notice)
      if (notice.kind === 'done') setTimeout(() => set((old) => (old.notice === notice ? { ...old, notice: null } : old)), doneMs)
      if (notice.kind === 'done') reading.changed()
    },
    clear: (text) => set((old) => (old.notice?.scanned === text ? old : { ...old, notice: null })),
    settled,
    began(run) {
      set((old) => ({ ...old, notice: null }))
      reading.heard(run)
      const { view } = state()
      if (view !== null) takeView(parts, viewWithRun(view, run))
      reading.changed()
    },
    acknowledged(id) {
      settled()
      set((old) => seen(old, id))
      reading.changed()
    },
    refused: (status) => stop(parts, status),
  })
}

const listen = (parts: Parts, scans: Scans): Omit<StationScreen, 'state' | 'watch'> => ({
  ended(ended) {
    if (isStopped(parts.state().phase) || ended.kind === 'nothing') return
    if (ended.kind === 'code') scans.scan(ended.text)
    else if (ended.kind === 'enter') enter(parts, scans)
    else sayNotice(parts, noticeOf(ended.kind, ''))
  },
  composing() {
    if (parts.state().notice?.kind !== 'composed') sayNotice(parts, noticeOf('composed', ''))
  },
  acknowledge: (run) => scans.acknowledge(run),
  focus: (hasFocus) => parts.set((old) => (old.hasFocus === hasFocus ? old : { ...old, hasFocus })),
})

export const startStationScreen = (identity: Identity, language: 'en' | 'zh'): StationScreen => {
  const { token, station } = identity
  const now = Date.now()
  const cell = createCell({ ...firstState, now, phase: token === null || station === '' ? 'no-token' : 'connecting' })
  const moment = performance.now()
  const link: Link = { aliveAt: moment, offset: 0, language, shownAt: moment, heardAt: moment, ticks: 0, untaken: null, stream: undefined }
  const parts: Parts = { set: cell.set, state: cell.state, link }
  const authorization = `Bearer ${token ?? ''}`
  const asking = (): Asking => ({ authorization, language: link.language })
  const reading = createReading(station, asking, {
    read(view) {
      link.offset = Date.parse(view.now) - Date.now()
      takeView(parts, view)
      if (view.language === link.language) return
      link.language = view.language
      openStream(parts, identity, authorization, reading)
    },
    refused: (status) => stop(parts, status),
  })
  const scans = createStationScans(parts, identity, asking, reading)
  if (!isStopped(cell.state().phase)) {
    openStream(parts, identity, authorization, reading)
    setInterval(() => tick(parts, reading), tickMs)
  }
  return { state: cell.state, watch: cell.watch, ...listen(parts, scans) }
}
