// What the station answers to the commands of its scanner. Pure.

import { type Sentence, sentence } from '../../sentences/sentence.ts'

export const acknowledgedAnswer = (serial: string): Sentence => sentence('station_acknowledged', { serial })
export const abortedAnswer = (serial: string): Sentence => sentence('station_run_aborted', { serial })
export const retestAnswer = (serial: string): Sentence => sentence('station_retest', { serial })
export const slotAnswer = (slot: number): Sentence => sentence('station_slot_chosen', { slot })
export const reasonAnswer = (text: string): Sentence => sentence('station_reason', { text })

/** null: has signed off. */
export const operatorAnswer = (name: string | null): Sentence =>
  name === null ? sentence('station_operator_none') : sentence('station_operator', { name })

/** null: there is none any more. */
export const orderAnswer = (order: string | null): Sentence =>
  order === null ? sentence('station_no_order') : sentence('station_order', { order })

/** There is no run that the command could be for. */
export const nothingToDo = (name: 'ok' | 'abort' | 'retest'): Sentence => {
  if (name === 'ok') return sentence('station_nothing_to_acknowledge')
  return name === 'abort' ? sentence('station_nothing_to_abort') : sentence('station_nothing_to_retest')
}
