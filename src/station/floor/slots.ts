// Which slot a scan is for.

import type { ScanRefusal } from '../ports.ts'
import { codeSentence } from '../rules/codes.ts'
import type { Run } from '../run-model.ts'
import type { Station, StationDesk } from '../station-model.ts'
import { type SlotState, shownRun, slotState } from './desk.ts'
import type { Floor } from './floor.ts'

export interface SlotNow {
  readonly slot: number
  readonly run: Run | null
  readonly state: SlotState
}

export const slotsOf = (floor: Floor, station: Station, desk: StationDesk): readonly SlotNow[] =>
  Array.from({ length: station.slots }, (_, index) => {
    const run = shownRun(floor, desk, index + 1)
    return { slot: index + 1, run, state: slotState(desk, run) }
  })

const refusalOf = ({ slot, run, state }: SlotNow): ScanRefusal | null => {
  const serial = run?.serial ?? ''
  if (state === 'running') return { reason: 'SLOT_BUSY', said: codeSentence('SLOT_BUSY', { slot, serial }) }
  if (state === 'unacknowledged') return { reason: 'NOT_ACKNOWLEDGED', said: codeSentence('NOT_ACKNOWLEDGED', { slot, serial }) }
  return null
}

/** The one that was empty longest. */
const byEnd = (one: SlotNow, other: SlotNow): number => (one.run?.endedAt ?? 0) - (other.run?.endedAt ?? 0)

/** The slot for the next unit, or why there is none. `asked`: by the request, else by `FB:SLOT:n`. */
export const slotForRun = (floor: Floor, station: Station, desk: StationDesk, asked: number | null): number | ScanRefusal => {
  const slots = slotsOf(floor, station, desk)
  const wanted = asked ?? desk.chosen ?? (station.slots === 1 ? 1 : null)
  if (wanted !== null) {
    const found = slots[wanted - 1]
    if (found === undefined) return { reason: 'NO_SLOT', said: codeSentence('NO_SLOT', { slots: station.slots }) }
    return refusalOf(found) ?? wanted
  }
  const free = slots.filter(({ state }) => state === 'free')[0] ?? slots.filter(({ state }) => state === 'passed').sort(byEnd)[0]
  if (free !== undefined) return free.slot
  const first = slots.find(({ state }) => state === 'unacknowledged') ?? slots[0]
  return (first && refusalOf(first)) ?? { reason: 'CHOOSE_SLOT', said: codeSentence('CHOOSE_SLOT', {}) }
}

/** The slot that a command is about: the asked or chosen one, else the only one in that state. null: that is not clear. */
export const slotForCommand = (
  floor: Floor,
  station: Station,
  desk: StationDesk,
  asked: number | null,
  isMeant: (slot: SlotNow) => boolean,
): SlotNow | null => {
  const slots = slotsOf(floor, station, desk)
  const wanted = asked ?? desk.chosen
  if (wanted !== null) return slots[wanted - 1] ?? null
  const meant = slots.filter(isMeant)
  return meant.length === 1 ? (meant[0] ?? null) : null
}
