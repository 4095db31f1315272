// Light, dark, or as the system has it.

import { signal } from '@preact/signals'
import { readStored, writeStored } from './text/stored.ts'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const stored = 'fogbell.theme'

export const theme = signal<Theme>('system')

const use = (next: Theme): void => {
  theme.value = next
  if (next === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = next
}

export const startTheme = (): void => use(themes.find((each) => each === readStored('local', stored)) ?? 'system')

export const chooseTheme = (next: Theme): void => {
  writeStored('local', stored, next)
  use(next)
}
