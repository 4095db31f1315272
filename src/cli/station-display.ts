// Where the screen of a test station is shown: all of a terminal, drawn in place; elsewhere a line for each change; JSON lines for scripts.

import type { Call } from './command.ts'
import { clean, localClock } from './format.ts'
import type { Problem } from './problem-text.ts'
import type { RunRecord, ScannedRecord, ScreenRecord, SlotRecord } from './station-records.ts'
import { type ScanNote, type ScreenState, screenLines, slotFace, slotText } from './station-screen-lines.ts'

export interface StationDisplay {
  begin(): void
  show(state: ScreenState): void
  scanned(text: string, answer: RunRecord | ScannedRecord): void
  refused(text: string, problem: Problem, note: ScanNote): void
  /** May be called again. */
  end(): void
}

/** Calls `changed` for each slot that shows something else than before, and `lost` when the server is lost or found. */
const createChanges = (changed: (slot: SlotRecord, view: ScreenRecord) => void, lost: (why: string | null) => void) => {
  const before = new Map<number, string>()
  let wasLost = false
  return ({ view, lost: why }: ScreenState): void => {
    if ((why !== null) !== wasLost) lost(why)
    wasLost = why !== null
    if (view === null || why !== null) return
    for (const slot of view.slotViews) {
      const shown = JSON.stringify([slot.run?.id, slot.run?.state, slot.isSaving, slot.isAcknowledged, slotFace(slot, view)])
      if (before.get(slot.slot) !== shown) changed(slot, view)
      before.set(slot.slot, shown)
    }
  }
}

const nothing = (): void => undefined

const jsonDisplay = ({ output }: Call): StationDisplay => ({
  begin: nothing,
  show: createChanges(
    (slot) => output.value({ event: 'slot', data: slot }),
    (why) => output.value({ event: why === null ? 'found' : 'lost', data: why }),
  ),
  scanned: (text, answer) => output.value({ event: 'scan', data: { text, answer } }),
  refused: (text, problem) => output.value({ event: 'refused', data: { text, problem } }),
  end: nothing,
})

/** `13:03:04.567 +01:00  slot 1: PASS SN-1`. */
const lineDisplay = ({ io, output }: Call): StationDisplay => {
  const line = (text: string): void => output.line(`${localClock(new Date(io.now()).toISOString())}  ${text}`)
  const slotLine = (slot: SlotRecord, view: ScreenRecord): void => {
    const { run } = slot
    const parts = [slotFace(slot, view).word, clean(run?.serial ?? ''), run?.code ?? '', clean(slotText(slot, view))]
    line(`slot ${slot.slot}: ${parts.filter((part) => part !== '').join(' ')}`)
  }
  return {
    begin: nothing,
    show: createChanges(slotLine, (why) => line(why === null ? 'the server answers again' : `NO SERVER: ${clean(why)}`)),
    scanned: (text, answer) => line(`scanned ${clean(text)}${'kind' in answer && answer.text !== null ? `: ${clean(answer.text)}` : ''}`),
    refused: (text, _problem, note) => line(`${note.tone === 'refused' ? 'refused' : 'not taken'} ${clean(text)}: ${clean(note.text)}`),
    end: nothing,
  }
}

const esc = '\x1b['
const least = { columns: 40, rows: 12 }

/** Draws only what has changed; the terminal's own content comes back at the end. */
const screenDisplay = ({ io, output }: Call): StationDisplay => {
  let drawn = ''
  let isOpen = false
  const fails = new Set<string>()
  /** Once for each result that nobody has seen. */
  const ring = ({ view, lost }: ScreenState): void => {
    if (view === null || lost !== null || !view.sound) return
    for (const slot of view.slotViews) {
      const id = slot.run?.id ?? ''
      if (!slotFace(slot, view).mustBeSeen || fails.has(id)) continue
      fails.add(id)
      io.stdout.write('\x07')
    }
  }
  return {
    begin() {
      isOpen = true
      io.stdout.write(`${esc}?1049h${esc}?25l`)
    },
    show(state) {
      if (!isOpen) return
      const size = { columns: Math.max(least.columns, io.stdout.columns || 80), rows: Math.max(least.rows, io.stdout.rows || 24) }
      const text = screenLines(state, size, output.colors).join(`${esc}K\r\n`)
      if (text !== drawn) io.stdout.write(`${esc}H${text}${esc}J`)
      drawn = text
      ring(state)
    },
    scanned: nothing,
    refused: nothing,
    end() {
      if (isOpen) io.stdout.write(`${esc}?25h${esc}?1049l`)
      isOpen = false
    },
  }
}

export const createStationDisplay = (call: Call): StationDisplay => {
  if (call.output.json) return jsonDisplay(call)
  const { isTTY } = call.io.stdout
  return isTTY === true && call.io.env['TERM'] !== 'dumb' ? screenDisplay(call) : lineDisplay(call)
}
