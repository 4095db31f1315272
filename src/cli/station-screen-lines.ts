// The screen of a test station as lines of a terminal: each slot as a field with a colour, a shape and a word. Pure: knows neither the server
// nor the terminal.

import { bigLetters } from './big-letters.ts'
import { clean, localTime, span, withLocalTimes } from './format.ts'
import type { Colors } from './output.ts'
import type { RunRecord, ScreenRecord, SlotRecord } from './station-records.ts'
import { type StationWords, wordsOf } from './station-words.ts'
import { cut, padEnd, width } from './table.ts'
import { fold } from './wrap.ts'
import { shareText } from './yield-command.ts'

export type FaceTone = 'pass' | 'fail' | 'warn' | 'busy' | 'idle' | 'grey'

export interface SlotFace {
  readonly tone: FaceTone
  readonly word: string
  /** It stays until somebody says that it was seen. */
  readonly mustBeSeen: boolean
}

/** What was answered to the last scan. */
export interface ScanNote {
  readonly tone: 'done' | 'refused' | 'untaken'
  readonly text: string
}

export interface ScreenState {
  /** null: the server has not answered yet. */
  readonly view: ScreenRecord | null
  /** Why there is no server now. */
  readonly lost: string | null
  readonly note: ScanNote | null
  readonly typed: string
}

export interface ScreenSize {
  readonly columns: number
  readonly rows: number
}

const shapes: Readonly<Record<FaceTone, string>> = { pass: '\u2713', fail: '\u2715', warn: '!', busy: '\u2026', idle: '\u25cb', grey: '?' }

const endedFace = (run: RunRecord, words: StationWords): SlotFace => {
  const { outcome, reference } = run
  // A known-bad board that has failed is as it should be, and no product.
  if (outcome === 'failed' && reference === 'bad') return { tone: 'busy', word: words.reference, mustBeSeen: true }
  if (outcome === 'failed') return { tone: 'fail', word: words.failed, mustBeSeen: true }
  if (outcome === 'passed' && reference === 'golden') return { tone: 'busy', word: words.reference, mustBeSeen: false }
  if (outcome === 'passed') return { tone: 'pass', word: words.passed, mustBeSeen: false }
  return { tone: 'warn', word: outcome === 'aborted' ? words.aborted : words.error, mustBeSeen: true }
}

/** What a slot shows now, by the server's time. */
export const slotFace = ({ run, isSaving, isAcknowledged }: SlotRecord, { passSeconds, now, language }: ScreenRecord): SlotFace => {
  const words = wordsOf(language)
  const idle: SlotFace = { tone: 'idle', word: words.scan, mustBeSeen: false }
  if (run === null) return idle
  if (isSaving) return { tone: 'busy', word: words.saving, mustBeSeen: false }
  if (run.state !== 'ended' || run.outcome === null)
    return { tone: 'busy', word: run.state === 'ended' ? words.saving : words[run.state], mustBeSeen: false }
  const isOver = passSeconds > 0 && run.endedAt !== null && Date.parse(now) >= Date.parse(run.endedAt) + passSeconds * 1000
  return isAcknowledged || (run.outcome === 'passed' && isOver) ? idle : endedFace(run, words)
}

/** What is to be done, or what happened, in words. */
export const slotText = (slot: SlotRecord, { language }: ScreenRecord): string => {
  const { run, isSaving } = slot
  const words = wordsOf(language)
  if (run === null) return ''
  if (isSaving) return words.savingText
  if (run.state === 'waiting') return run.text ?? words.insertText
  if (run.state === 'updating') return words.updateText
  // A unit that has passed may have no label, and nobody else would say so.
  const label = run.steps.findLast(({ name }) => name === 'label')
  const text = run.text ?? (label?.outcome === 'error' ? label.text : null)
  return text === null ? '' : withLocalTimes(text)
}

const progressText = ({ progress, until, run }: SlotRecord, { now, language }: ScreenRecord): string => {
  if (run === null || run.state === 'ended') return ''
  const percent = progress === null || progress.size === 0 ? '' : `${Math.floor((progress.bytes / progress.size) * 100)} %`
  const left = until === null ? '' : `${Math.max(0, Math.ceil((Date.parse(until) - Date.parse(now)) / 1000))} ${wordsOf(language).left}`
  return [percent, left].filter((part) => part !== '').join('  ')
}

const painted = (tone: FaceTone, { bgGreen, bgRed, bgYellow, bgBlue, bgBlack, black, white, bold, inverse }: Colors) => {
  const paints: Readonly<Record<FaceTone, (text: string) => string>> = {
    pass: (text) => bgGreen(black(text)),
    fail: (text) => bgRed(white(bold(text))),
    warn: (text) => bgYellow(black(text)),
    busy: (text) => bgBlue(white(text)),
    idle: (text) => bgBlack(white(text)),
    grey: (text) => inverse(text),
  }
  return paints[tone]
}

const centred = (text: string, columns: number): string => {
  const shown = cut(text, columns)
  return padEnd(' '.repeat(Math.floor((columns - width(shown)) / 2)) + shown, columns)
}

interface Field {
  readonly tone: FaceTone
  readonly title: string
  readonly word: string
  readonly below: readonly string[]
}

/** The word in large letters if there is room for it and for what stands below. */
const wordLines = ({ word, tone }: Field, columns: number, rows: number): readonly string[] => {
  const big = rows >= 8 ? bigLetters(word, columns - 2) : undefined
  return big === undefined ? [`${shapes[tone]} ${word}`] : big
}

const fieldLines = (field: Field, { columns, rows }: ScreenSize, colors: Colors): readonly string[] => {
  const title = padEnd(cut(` ${field.title}`, columns), columns)
  const main = wordLines(field, columns, rows)
  const texts = field.below.filter((text) => text !== '').flatMap((text) => fold(text, columns - 2, 0))
  const shown = [...main, ...texts].slice(0, rows - 1)
  const above = Math.max(0, Math.floor((rows - 1 - shown.length) / 2))
  const body = Array.from({ length: rows - 1 }, (_, row) => centred(shown[row - above] ?? '', columns))
  return [title, ...body].map(painted(field.tone, colors))
}

const slotField = (slot: SlotRecord, view: ScreenRecord): Field => {
  const face = slotFace(slot, view)
  const { run } = slot
  const isIdle = face.tone === 'idle'
  const name = view.slots === 1 ? '' : `[${slot.slot}]${view.chosen === slot.slot ? ' <' : ''}`
  return {
    tone: face.tone,
    title: `${name} ${shapes[face.tone]} ${face.word} `.trim(),
    word: face.word,
    below: isIdle
      ? []
      : [
          clean(run?.serial ?? ''),
          [run?.code ?? '', clean(slotText(slot, view))].filter((part) => part !== '').join(': '),
          progressText(slot, view),
          face.mustBeSeen ? wordsOf(view.language).seen : '',
        ],
  }
}

const gridOf = (slots: number): number => (slots === 1 ? 1 : slots <= 4 ? 2 : 4)

const gridLines = (fields: readonly Field[], { columns, rows }: ScreenSize, colors: Colors): readonly string[] => {
  const across = gridOf(fields.length)
  const down = Math.ceil(fields.length / across)
  const size = { columns: Math.floor((columns - (across - 1)) / across), rows: Math.max(2, Math.floor((rows - (down - 1)) / down)) }
  return Array.from({ length: down }, (_, row) => {
    const cells = fields.slice(row * across, (row + 1) * across).map((field) => fieldLines(field, size, colors))
    const lines = Array.from({ length: size.rows }, (__, line) => cells.map((cell) => cell[line] ?? '').join(' '))
    return row === 0 ? lines : ['', ...lines]
  }).flat()
}

/** What must be done before anything else can be tested here. */
const dutyOf = ({ rev, operator, operatorName, reference, language }: ScreenRecord): string => {
  const words = wordsOf(language)
  if (rev === null) return words.noProcedure
  if (reference?.blocked != null) return words.blocked
  if (operator === 'scan' && operatorName === null) return words.scanOperator
  const [wanted] = reference?.wanted ?? []
  return wanted === undefined ? '' : words[wanted]
}

const cornerText = ({ shift, backlog, now, language }: ScreenRecord): string => {
  const words = wordsOf(language)
  const oldest = backlog?.oldestAt == null ? '' : `, ${words.oldest} ${span(Date.parse(now) - Date.parse(backlog.oldestAt))}`
  return [
    `${words.units} ${shift.units}`,
    `${words.fpy} ${shareText(shift.fpy)}`,
    `${words.perHour} ${shift.unitsPerHour === null ? '-' : shift.unitsPerHour.toFixed(1)}`,
    ...(backlog === null || backlog.count === 0 ? [] : [`${words.backlog} ${backlog.count}${oldest}`]),
    localTime(now).slice(11, 19),
  ].join('   ')
}

const headText = ({ id, name, product, process, operatorName, workOrder, language }: ScreenRecord): string => {
  const words = wordsOf(language)
  return [
    name === id ? clean(id) : `${clean(name)} (${clean(id)})`,
    [product, process].flatMap((text) => (text === null ? [] : [clean(text)])).join(' '),
    ...(operatorName === null ? [] : [`${words.operator} ${clean(operatorName)}`]),
    ...(workOrder === null ? [] : [`${words.order} ${clean(workOrder)}`]),
  ].join('   ')
}

const noteLine = (note: ScanNote | null, view: ScreenRecord, columns: number, { bold, red, green }: Colors): string => {
  if (note === null) return bold(cut(dutyOf(view), columns))
  const paint = note.tone === 'done' ? green : red
  const text = note.tone === 'refused' ? `${wordsOf(view.language).refused}: ${note.text}` : note.text
  return paint(bold(cut(clean(withLocalTimes(text)), columns)))
}

const typedLine = (typed: string, columns: number): string => cut(`> ${clean(typed)}`, columns)

/** Without a server nothing of what was shown is true any more: no PASS and no FAIL is left. */
const lostLines = ({ view, typed, lost, note }: ScreenState, { columns, rows }: ScreenSize, colors: Colors): readonly string[] => {
  const words = wordsOf(view?.language ?? 'en')
  const field: Field = { tone: 'grey', title: '', word: words.lost, below: [words.lostText, clean(lost ?? '')] }
  const untaken = note?.tone === 'untaken' ? cut(note.text, columns) : ''
  return [...fieldLines(field, { columns, rows: rows - 2 }, colors), untaken, typedLine(typed, columns)]
}

/** As many lines as the terminal has rows, none wider than it. */
export const screenLines = (state: ScreenState, size: ScreenSize, colors: Colors): readonly string[] => {
  const { view, note, typed, lost } = state
  if (view === null || lost !== null) return lostLines(state, size, colors)
  const { columns, rows } = size
  const fields = view.slotViews.map((slot) => slotField(slot, view))
  const grid = gridLines(fields, { columns, rows: rows - 4 }, colors).slice(0, rows - 4)
  const gap = Array.from({ length: rows - 4 - grid.length }, () => '')
  return [
    cut(headText(view), columns),
    ...grid,
    ...gap,
    noteLine(note, view, columns, colors),
    typedLine(typed, columns),
    cut(cornerText(view), columns),
  ]
}
