// The whole screen of a station: its slots, and under them the corner or what the last scan has come to.

import { Corner } from './corner.tsx'
import { isAlarm } from './notice.ts'
import { NoticeBar } from './notice-bar.tsx'
import { type FieldRef, Scanner } from './scanner.tsx'
import { noticeIn, type ScreenState } from './screen-state.ts'
import { Slot } from './slot.tsx'
import { columnsOf, rowsOf } from './slot-face.ts'
import type { StationScreen } from './station-screen.ts'
import { NoLink, NoServer } from './whole-screen.tsx'
import { type StationLanguage, say } from './words.ts'

export interface ScreenPart {
  readonly state: ScreenState
  readonly acknowledge: StationScreen['acknowledge']
  readonly station: string
  readonly language: StationLanguage
  readonly field: FieldRef
}

const Bar = ({ state, language }: { readonly state: ScreenState; readonly language: StationLanguage }) => {
  const { view, notice, now } = state
  if (view === null) return null
  const isInSlot = notice !== null && view.slots === 1 && view.slotViews.some((slot) => noticeIn(slot, state) !== null)
  if (!state.hasFocus) return <p class="notice alarm">{say(language, 'station.focus')}</p>
  return notice === null || isInSlot ? (
    <Corner view={view} now={now} language={language} />
  ) : (
    <NoticeBar notice={notice} language={language} />
  )
}

const Slots = ({ state, language, acknowledge }: ScreenPart) => {
  const slots = state.view?.slotViews ?? []
  const style = { '--columns': String(columnsOf(slots.length)), '--rows': String(rowsOf(slots.length)) }
  return (
    <main class={slots.length === 1 ? 'slots one' : 'slots'} style={style}>
      {slots.map((slot) => (
        <Slot key={slot.slot} slot={slot} state={state} language={language} acknowledge={acknowledge} />
      ))}
    </main>
  )
}

const Middle = (part: ScreenPart) => {
  const { state } = part
  const { phase } = state
  if (phase === 'no-token' || phase === 'bad-token' || phase === 'no-station') {
    return (
      <main class="whole">
        <NoLink reason={phase} station={part.station} />
      </main>
    )
  }
  if (phase !== 'on') {
    return (
      <main class="whole">
        <NoServer state={state} language={part.language} />
      </main>
    )
  }
  return <Slots {...part} />
}

/** For the title too. */
export const nameOf = ({ state, station, language }: Pick<ScreenPart, 'state' | 'station' | 'language'>): string =>
  say(language, 'station.title', { station: state.view?.name ?? station })

export const Screen = (part: ScreenPart) => {
  const { state, language } = part
  const isOn = state.phase === 'on'
  const alarm = isOn && state.notice !== null && isAlarm(state.notice) ? 'alarmed' : ''
  return (
    <div class={`screen ${alarm}`} data-phase={state.phase}>
      <h1 class="unseen">{nameOf(part)}</h1>
      <Middle {...part} />
      <div class="foot">
        <div class="said-last" aria-live="polite">
          {isOn ? <Bar state={state} language={language} /> : null}
        </div>
        <Scanner language={language} field={part.field} />
      </div>
    </div>
  )
}
