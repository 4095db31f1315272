// What a scanner types, distinguished from what a person types by the time between two characters. Pure: the clock is what the caller says (ms). Knows
// no input field.

/** How one code has ended. */
export type Ended =
  | { readonly kind: 'code'; readonly text: string }
  /** Enter on an empty field. */
  | { readonly kind: 'enter' }
  /** The rest of a code that has ended already: a second line end, or nothing but spaces. */
  | { readonly kind: 'nothing' }
  /** It came through an input method for another script: nobody knows what was on the label. */
  | { readonly kind: 'composed' }
  /** Its first part was taken for the whole. */
  | { readonly kind: 'cut' }

export interface Burst {
  /** The whole text of the field after a change. */
  typed(text: string, at: number): void
  composed(): void
  /** Enter, or another key with which scanners end. */
  end(at: number, isEnter?: boolean): Ended
  /** Nothing was typed up to now; null: the code goes on. */
  silent(at: number): Ended | null
  /** How long to wait before `silent` is asked; null: silence will not end it. */
  quiet(): number | null
}

/** No person types faster. */
const scannerGapMs = 30
const least = 4
const quietMs = 80
/** Of a scanner that has ended a code with a key before: silence is then a pause inside a code. */
const quietWithKeyMs = 1000
/** After a code: a second line end, or the rest of a code that was cut in two. */
const restMs = 300
/** What was typed before such a pause was left there by somebody. */
const leftMs = 1000

interface State {
  readonly text: string
  /** Of the last change. */
  readonly at: number
  /** Where the characters of the last burst begin in the text. */
  readonly from: number
  /** Whether all characters since then came as a scanner sends them. */
  readonly isFast: boolean
  readonly isComposed: boolean
  /** It began right after a code that silence has ended. */
  readonly isRest: boolean
}

const empty: State = { text: '', at: Number.NEGATIVE_INFINITY, from: 0, isFast: true, isComposed: false, isRest: false }

const cleaned = (text: string): string => text.replaceAll(/\p{Cc}/gu, '').trim()

const isScanned = ({ text, from, isFast }: State): boolean => isFast && text.length - from >= least

const changed = (state: State, text: string, at: number): State => {
  const gap = at - state.at
  const isOneMore = text.length === state.text.length + 1 && text.startsWith(state.text)
  if (state.text === '' || (isOneMore && gap > leftMs)) return { ...state, text, at, from: text.length - 1, isFast: isOneMore }
  return { ...state, text, at, isFast: state.isFast && isOneMore && gap < scannerGapMs }
}

export const createBurst = (): Burst => {
  let state = empty
  let endsByKey = false
  let last: { readonly at: number; readonly bySilence: boolean } = { at: Number.NEGATIVE_INFINITY, bySilence: false }

  const take = (at: number, bySilence: boolean): Ended => {
    const { text, from, isComposed, isRest } = state
    // What a person has left in the field is no part of the label that is scanned after it.
    const code = cleaned(isScanned(state) ? text.slice(from) : text)
    state = empty
    last = { at, bySilence }
    if (isComposed) return { kind: 'composed' }
    if (isRest) return { kind: 'cut' }
    return code === '' ? { kind: 'nothing' } : { kind: 'code', text: code }
  }
  return {
    typed(text, at) {
      const isRest = state.text === '' ? last.bySilence && at - last.at < restMs : state.isRest
      state = text === '' && !state.isComposed ? empty : { ...changed(state, text, at), isRest }
    },
    composed() {
      state = { ...state, isComposed: true }
    },
    end(at, isEnter = true) {
      if (state.text !== '' || state.isComposed) {
        endsByKey ||= isScanned(state)
        return take(at, false)
      }
      if (at - last.at >= restMs) return isEnter ? { kind: 'enter' } : { kind: 'nothing' }
      // The key of a scanner that is slower than the silence.
      if (last.bySilence) endsByKey = true
      last = { at, bySilence: false }
      return { kind: 'nothing' }
    },
    silent(at) {
      const wait = this.quiet()
      return wait === null || at - state.at < wait ? null : take(at, true)
    },
    quiet() {
      if (state.text === '' || state.isComposed) return state.isComposed ? restMs : null
      if (state.isRest) return quietMs
      return isScanned(state) ? (endsByKey ? quietWithKeyMs : quietMs) : null
    },
  }
}
