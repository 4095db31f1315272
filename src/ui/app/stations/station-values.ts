// A station as it is typed, and as the API takes it. Pure.

import type { Station } from '../../api/records.d.ts'

type Values = Readonly<Record<string, string>>

const lines = (typed: string): readonly string[] =>
  typed
    .split(/[\n,，]/)
    .map((each) => each.trim())
    .filter((each) => each !== '')

/** null: a new one. */
export const stationValues = (station: Station | null, procedure: string, language: 'en' | 'zh'): Values => ({
  id: station?.id ?? '',
  name: station === null || station.name === station.id ? '' : station.name,
  procedure: station?.procedure ?? procedure,
  slots: String(station?.slots ?? 1),
  operator: station?.operator ?? 'none',
  language: station?.language ?? language,
  slotAddresses: station?.slotAddresses.join('\n') ?? '',
  passSeconds: String(station?.passSeconds ?? 0),
  sound: station?.sound === false ? '' : 'true',
})

/** What is no number is sent as it is typed: the server says what is wrong with it. */
export const typedNumber = (typed: string): number | string => (typed.trim() === '' || Number.isNaN(Number(typed)) ? typed : Number(typed))

export const stationBody = (values: Values) => {
  const addresses = lines(values['slotAddresses'] ?? '')
  const name = values['name']?.trim() ?? ''
  return {
    ...(name === '' ? {} : { name }),
    procedure: values['procedure'] ?? '',
    slots: typedNumber(values['slots'] ?? ''),
    operator: values['operator'] ?? '',
    language: values['language'] ?? '',
    passSeconds: typedNumber(values['passSeconds'] ?? ''),
    sound: values['sound'] === 'true',
    ...(addresses.length === 0 ? {} : { slotAddresses: addresses }),
  }
}
