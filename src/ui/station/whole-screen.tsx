// What takes the whole screen, since nothing of the slots can be shown: no link, no server.

import { whenLost } from './notice.ts'
import { NoticeBar } from './notice-bar.tsx'
import type { ScreenState } from './screen-state.ts'
import { Shape } from './shape.tsx'
import { StateWord } from './slot.tsx'
import { clock, type StationKey, type StationLanguage, say, tags } from './words.ts'

/** Grey: whatever was shown before may be wrong by now. */
export const NoServer = ({ state, language }: { readonly state: ScreenState; readonly language: StationLanguage }) => {
  const { lostSince, notice, phase } = state
  const untaken = whenLost(notice)
  return (
    <div class="gone slot" data-face={phase}>
      <div class="face">
        <div class="head">
          <span class="stack">
            <Shape tone={phase === 'lost' ? 'gone' : 'busy'} />
          </span>
          <span class="words">
            <StateWord word={say(language, phase === 'lost' ? 'station.lost' : 'station.connecting')} />
          </span>
        </div>
        <div class="facts">
          {lostSince === null ? null : <p class="said">{say(language, 'station.lostSince', { time: clock(lostSince) })}</p>}
          {untaken === null ? null : <NoticeBar notice={untaken} language={language} />}
        </div>
      </div>
    </div>
  )
}

const reasons = {
  'no-token': 'station.noToken',
  'bad-token': 'station.badToken',
  'no-station': 'station.noStation',
} as const satisfies Readonly<Record<string, StationKey>>

const advice = {
  'no-token': 'station.link',
  'bad-token': 'station.badTokenLink',
  'no-station': 'station.addAgain',
} as const satisfies Readonly<Record<keyof typeof reasons, StationKey>>

/** What an administrator types on the server: only what can work there. */
const commandsFor = (reason: keyof typeof reasons, station: string): readonly string[] => {
  const link = `fogbell station token ${station}`
  if (reason === 'no-token') return [link]
  return reason === 'bad-token' ? ['fogbell station list', link] : [`fogbell station add ${station} --procedure PROCEDURE`, link]
}

/** In both languages: nobody has said yet which one it is. */
export const NoLink = ({ reason, station }: { readonly reason: keyof typeof reasons; readonly station: string }) => (
  <div class="no-link" data-face={reason}>
    {(['en', 'zh'] as const).map((language) => (
      <section key={language} lang={tags[language]}>
        <h2>{say(language, reasons[reason], { station })}</h2>
        <p>{say(language, advice[reason])}</p>
      </section>
    ))}
    {commandsFor(reason, station === '' ? 'ID' : station).map((command) => (
      <code key={command}>{command}</code>
    ))}
  </div>
)
