// Faults that fields of procedures and of stations have alike. Pure.

import { type Fault, faultAt } from '../../errors.ts'
import { type Sentence, sentence } from '../../sentences/sentence.ts'

/** Of procedures, stations and processes. */
const idForm = /^[A-Za-z0-9._-]{1,64}$/
/** As parts of an address they would be another one. */
const isDots = (id: string): boolean => id === '.' || id === '..'

export const isStationId = (id: string): boolean => idForm.test(id) && !isDots(id)

const at = (path: string, isFine: boolean, fault: () => Sentence): readonly Fault[] => (isFine ? [] : [faultAt(path, fault())])

export const idFaults = (path: string, id: string): readonly Fault[] => at(path, isStationId(id), () => sentence('station_id_form'))

export const textFaults = (path: string, text: string, least: number, most: number): readonly Fault[] =>
  at(path, text.length >= least && text.length <= most && !/\p{Cc}|\p{Cs}/u.test(text), () =>
    sentence('station_text_form', { least, most }),
  )

export const wholeFaults = (path: string, value: number, least: number, most: number): readonly Fault[] =>
  at(path, Number.isInteger(value) && value >= least && value <= most, () => sentence('station_whole_number', { least, most }))

export const choiceFaults = (path: string, value: string, allowed: readonly string[]): readonly Fault[] =>
  at(path, allowed.includes(value), () => sentence('field_not_allowed', { allowed }))

export const lengthFaults = (path: string, list: readonly unknown[], most: number): readonly Fault[] =>
  at(path, list.length <= most, () => sentence('field_too_many_items', { most }))

/** Every item that was there before. */
export const twiceFaults = (path: (index: number) => string, list: readonly string[]): readonly Fault[] =>
  list.flatMap((text, index) => at(path(index), list.indexOf(text) === index, () => sentence('procedure_listed_twice', { text })))
