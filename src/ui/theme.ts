// Light, dark, or as the system has it.

import { signal } from '@preact/signals'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const stored = 'fogbell.theme'

export const theme = signal<Theme>('system')

const use = (next: Theme): void => {
  theme.value = next
  if (next === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = next
}

export const startTheme = (): void => use(themes.find((each) => each === localStorage.getItem(stored)) ?? 'system')

export const chooseTheme = (next: Theme): void => {
  localStorage.setItem(stored, next)
  use(next)
}
