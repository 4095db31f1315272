// What one slot shows: a colour, a word and a shape for the state of its run. Pure.

import type { Run, StationView } from '../api/records.d.ts'

export type SlotView = StationView['slotViews'][number]

/** `reference`: a board of known quality behaves as it should, which is no product that has passed. */
export type Tone = 'pass' | 'fail' | 'warn' | 'busy' | 'idle' | 'reference'

export type FaceWord =
  | 'scan'
  | 'waiting'
  | 'identifying'
  | 'updating'
  | 'restarting'
  | 'testing'
  | 'saving'
  | 'passed'
  | 'failed'
  | 'error'
  | 'aborted'
  | 'reference'
  /** No scan begins a test until an engineer has done something. */
  | 'blocked'

export interface Face {
  readonly tone: Tone
  readonly word: FaceWord
  /** It stays until somebody says that it was seen. */
  readonly mustBeSeen: boolean
}

const idle: Face = { tone: 'idle', word: 'scan', mustBeSeen: false }
const busy = (word: FaceWord): Face => ({ tone: 'busy', word, mustBeSeen: false })

const working: readonly string[] = ['waiting', 'identifying', 'updating', 'restarting', 'testing'] satisfies FaceWord[]
const isWorking = (state: string): state is FaceWord => working.includes(state)

const passed = (isReference: boolean): Face => ({
  tone: isReference ? 'reference' : 'pass',
  word: isReference ? 'reference' : 'passed',
  mustBeSeen: false,
})

const notPassed = ({ outcome, reference }: NonNullable<SlotView['run']>): Face => {
  if (outcome === 'failed' && reference === 'bad') return { tone: 'reference', word: 'reference', mustBeSeen: true }
  if (outcome === 'failed') return { tone: 'fail', word: 'failed', mustBeSeen: true }
  return { tone: 'warn', word: outcome === 'aborted' ? 'aborted' : 'error', mustBeSeen: true }
}

export interface FaceContext {
  /** The server's time (ms). */
  readonly now: number
  /** How long a PASS is shown; 0: until the next scan. */
  readonly passSeconds: number
  /** The run whose PASS a scan has ended that was refused; null: none. */
  readonly over: string | null
}

export const faceOf = ({ run, isSaving, isAcknowledged }: SlotView, { now, passSeconds, over }: FaceContext): Face => {
  if (run === null) return idle
  if (isSaving) return busy('saving')
  // A later version may have more states: what is not known to have ended goes on.
  if (run.state !== 'ended' || run.outcome === null) return busy(isWorking(run.state) ? run.state : 'testing')
  if (isAcknowledged) return idle
  // A known-bad board that has passed is a fault of the station.
  if (run.outcome !== 'passed' || run.reference === 'bad') return notPassed(run)
  const until = run.endedAt === null ? Number.POSITIVE_INFINITY : Date.parse(run.endedAt) + passSeconds * 1000
  const isOver = run.id === over || (passSeconds > 0 && now >= until)
  return isOver ? idle : passed(run.reference !== null)
}

/** How many letters as wide as high the word takes, so that it fills its slot. */
export const widthOf = (word: string): number =>
  Array.from(word).reduce(
    (sum, letter) => sum + (/[\u2e80-\uffef]/.test(letter) ? 1.04 : letter === ' ' ? 0.35 : /[a-z]/.test(letter) ? 0.7 : 0.76),
    0,
  )

/** Columns of the grid of so many slots. */
export const columnsOf = (slots: number): 1 | 2 | 4 => (slots === 1 ? 1 : slots <= 4 ? 2 : 4)
export const rowsOf = (slots: number): number => (slots <= 2 ? 1 : slots <= 8 ? 2 : slots <= 12 ? 3 : 4)

/** That the label of a unit that has passed was not printed, or may not be; null: it was, is being printed, or there is none. */
export const labelFault = (run: Pick<Run, 'steps'> | null): string | null => {
  const label = run?.steps.findLast(({ name }) => name === 'label')
  return label?.outcome === 'error' ? label.text : null
}
