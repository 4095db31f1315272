// One slot: the state of its run, as large as the slot has room for.

import type { Run } from '../api/records.d.ts'
import type { Notice } from './notice.ts'
import { noticeIn, type ScreenState, slotFace } from './screen-state.ts'
import { Shape } from './shape.tsx'
import { type Face, type FaceWord, labelFault, type SlotView, widthOf } from './slot-face.ts'
import { SlotProgress } from './slot-progress.tsx'
import './slot.css'
import { localTimes, type StationLanguage, say } from './words.ts'

export interface SlotPart {
  readonly slot: SlotView
  readonly state: ScreenState
  readonly language: StationLanguage
  readonly acknowledge: (run: Run) => void
}

/** In Chinese the word for FAIL contains the word for PASS, so the English words are shown too. */
const isTwice = (word: FaceWord, language: StationLanguage): boolean => language === 'zh' && (word === 'passed' || word === 'failed')

export const StateWord = ({ word }: { readonly word: string }) => (
  <span class="word" style={{ '--wide': String(Math.max(2, widthOf(word))) }}>
    {word}
  </span>
)

/** What to do at a slot without a board, where the station needs something first. */
const wish = ({ view }: ScreenState, language: StationLanguage): string => {
  if (view === null) return ''
  if (view.rev === null) return say(language, 'station.do.procedure', { procedure: view.procedure })
  if (view.operator === 'scan' && view.operatorName === null) return say(language, 'station.do.operator')
  const { blocked = null, wanted = [] } = view.reference ?? {}
  if (blocked !== null) return say(language, 'station.do.blocked')
  if (wanted[0] !== undefined) return say(language, `station.do.${wanted[0]}`)
  return view.slots === 1 ? say(language, 'station.do.scan') : ''
}

const sentenceOf = ({ slot: { run }, state, language }: SlotPart, { word }: Face): string => {
  if (word === 'scan' || word === 'blocked') return wish(state, language)
  if (word === 'waiting' && run !== null && run.text !== null) return run.text
  if (word === 'reference') return say(language, `station.say.${run?.reference ?? 'golden'}`)
  if (
    word === 'identifying' ||
    word === 'updating' ||
    word === 'restarting' ||
    word === 'saving' ||
    word === 'testing' ||
    word === 'waiting'
  )
    return say(language, `station.say.${word}`)
  return localTimes(run?.text ?? labelFault(run) ?? '')
}

/** `isEcho`: what was scanned, whatever it was. */
const Serial = ({ children, isEcho = false }: { readonly children: string; readonly isEcho?: boolean }) => (
  <p class={isEcho ? 'serial echo' : 'serial'} style={{ '--wide': String(Math.max(8, widthOf(children) * 0.95)) }}>
    {children}
  </p>
)

/** A reference board that does not behave is named as one. */
const serialOf = ({ serial, reference }: Run, { tone }: Face, language: StationLanguage): string =>
  reference === null || tone === 'reference' ? serial : `${serial} (${say(language, `station.reference.${reference}`)})`

const Facts = (part: SlotPart & { readonly face: Face }) => {
  const { slot, face, language } = part
  const { run } = slot
  const isShown = face.word !== 'scan' && face.word !== 'blocked' && run !== null
  const code = run?.code ?? null
  return (
    <div class="facts">
      {isShown ? <Serial>{serialOf(run, face, language)}</Serial> : null}
      <p class="said">{sentenceOf(part, face)}</p>
      {isShown && code !== null ? <p class="code">{say(language, 'station.code', { code, attempt: run.attempt })}</p> : null}
      <SlotProgress slot={slot} face={face} now={part.state.now} language={language} />
    </div>
  )
}

const NoticeFacts = ({ notice, language }: { readonly notice: Notice; readonly language: StationLanguage }) => (
  <div class="facts">
    <Serial isEcho>{notice.scanned}</Serial>
    <p class="said">{noticeText(notice, language)}</p>
    {notice.code === null ? null : <p class="code">{notice.code}</p>}
  </div>
)

/** The server's sentence, or that of the screen. */
export const noticeText = ({ kind, text }: Notice, language: StationLanguage): string => {
  if (kind === 'composed') return `${say('en', 'station.composed')} ${say('zh', 'station.composed')}`
  if (text !== null) return localTimes(text)
  return kind === 'cut' || kind === 'untaken' ? say(language, `station.notice.${kind}Text`) : ''
}

const Seen = ({ run, language, acknowledge }: { readonly run: Run } & Pick<SlotPart, 'language' | 'acknowledge'>) => (
  <button
    type="button"
    class="seen"
    tabIndex={-1}
    // The field keeps the focus, so that the next code is not lost.
    onMouseDown={(event) => event.preventDefault()}
    onClick={() => acknowledge(run)}
  >
    <strong>{say(language, 'station.seenEnter')}</strong>
    <span>{say(language, 'station.seen')}</span>
  </button>
)

export const Slot = (part: SlotPart) => {
  const { slot, state, language } = part
  const notice = noticeIn(slot, state)
  const face = slotFace(slot, state)
  const tone = notice === null ? face.tone : 'warn'
  const isMany = (state.view?.slots ?? 1) > 1
  const isNext = isMany && state.view?.chosen === slot.slot
  const word = notice === null ? say(language, `station.word.${face.word}`) : say(language, `station.notice.${notice.kind}`)
  return (
    <section
      class={`slot tone-${tone}`}
      aria-label={say(language, 'station.slot', { slot: slot.slot })}
      data-face={notice === null ? face.word : notice.kind}
    >
      <div class={`face ${face.mustBeSeen ? 'to-see' : ''}`}>
        <div class="head">
          <span class="stack">
            {isMany ? <b class="place">{slot.slot}</b> : null}
            <Shape tone={tone} />
          </span>
          <span class="words">
            <StateWord word={word} />
            {notice === null && isTwice(face.word, language) ? (
              <span class="other" lang="en">
                {say('en', `station.word.${face.word}`)}
              </span>
            ) : null}
          </span>
          {isNext ? <span class="next">{say(language, 'station.next')}</span> : null}
        </div>
        {notice === null ? <Facts {...part} face={face} /> : <NoticeFacts notice={notice} language={language} />}
        {face.mustBeSeen && slot.run !== null ? <Seen run={slot.run} language={language} acknowledge={part.acknowledge} /> : null}
      </div>
    </section>
  )
}
