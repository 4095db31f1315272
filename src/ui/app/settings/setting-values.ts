// The settings in effect: which are shown, in which order, and how a value is written. Pure.

import type { Setting } from '../../api/records.d.ts'

const isHidden = (value: unknown): boolean => typeof value === 'object' && value !== null && 'hidden' in value && value.hidden === true

/** In the place of a secret, also within a list or an object. */
export const mask = '•••'

export const settingText = (value: unknown): string => {
  if (value === null || value === undefined) return '–'
  if (isHidden(value)) return mask
  if (typeof value === 'string') return value === '' ? '""' : value
  return JSON.stringify(value, (_name, part: unknown) => (isHidden(part) ? mask : part))
}

export interface SettingGroups {
  /** Set by somebody. */
  readonly given: readonly Setting[]
  readonly defaults: readonly Setting[]
}

/** All words must be in its path, value, source or description. */
export const groupSettings = (settings: readonly Setting[], filter: string): SettingGroups => {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const shown = settings.filter(({ path, value, from, description }) => {
    const all = [path, settingText(value), from ?? '', description].join(' ').toLowerCase()
    return words.every((word) => all.includes(word))
  })
  return { given: shown.filter(({ source }) => source !== 'default'), defaults: shown.filter(({ source }) => source === 'default') }
}
