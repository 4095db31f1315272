// What the keyboard does everywhere: search, going to views, moving in lists. Not while something is typed.

import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Dialog } from '../parts/dialog.tsx'
import { go } from '../router.ts'
import { type TextKey, text } from '../text/text.ts'
import { navEntries } from './views.ts'

const isHelp = signal(false)
const hideKeys = (): void => {
  isHelp.value = false
}
/** After `g` the next key chooses, for so long, milliseconds. */
const chordMs = 1500

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

/** The links of a list's rows: in each row the first one. */
const rowLinks = (): readonly HTMLElement[] =>
  [...document.querySelectorAll<HTMLElement>('main [data-rows] > * a:first-of-type')].filter(isFirst)
const isFirst = (link: HTMLElement): boolean => link.closest('[data-rows] > *')?.querySelector('a') === link

const move = (by: 1 | -1): void => {
  const links = rowLinks()
  const row = document.activeElement?.closest('[data-rows] > *')
  const at = links.findIndex((link) => link.closest('[data-rows] > *') === row)
  links[at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.max(0, Math.min(links.length - 1, at + by))]?.focus()
}

const simple: Readonly<Record<string, () => void>> = {
  '/': () => document.getElementById('search')?.focus(),
  '?': () => {
    isHelp.value = true
  },
  j: () => move(1),
  k: () => move(-1),
}

export const useKeys = (): void => {
  useEffect(() => {
    let chordUntil = 0
    const press = (event: KeyboardEvent): void => {
      // Keys of an input method, which Escape too may be.
      if (event.isComposing) return
      if (event.key === 'Escape' && isTyping(event.target) && document.querySelector('dialog[open]') === null) {
        ;(event.target as HTMLElement).blur()
        return
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector('dialog[open]') !== null)
        return
      const entry = Date.now() < chordUntil ? navEntries.find(({ key }) => key === event.key) : undefined
      chordUntil = event.key === 'g' ? Date.now() + chordMs : 0
      const act = entry === undefined ? simple[event.key] : () => go(entry.href)
      if (act === undefined) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
}

const rows: readonly (readonly [string, TextKey])[] = [
  ['/', 'keys.search'],
  ['?', 'keys.help'],
  ['j  k', 'keys.rows'],
  ['Enter', 'keys.open'],
  ['Esc', 'keys.close'],
]

export const KeysHelp = () => {
  useEffect(() => hideKeys, [])
  return isHelp.value ? (
    <Dialog title={text('keys.title')} onClose={hideKeys}>
      <dl class="facts">
        {[...rows, ...navEntries.map(({ key, text: name }) => [`g ${key}`, name] as const)].map(([keys, name]) => [
          <dt key={keys}>
            <kbd>{keys}</kbd>
          </dt>,
          <dd key={name}>{text(name)}</dd>,
        ])}
      </dl>
      <div class="row end">
        <button type="button" onClick={hideKeys}>
          {text('action.close')}
        </button>
      </div>
    </Dialog>
  ) : null
}

/** Shows what the keys do. */
export const showKeys = (): void => {
  isHelp.value = true
}
