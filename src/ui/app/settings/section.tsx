// A section of the settings: its heading is where its anchor leads.

import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { may } from '../../api/session.ts'
import { Mark } from '../../parts/mark.tsx'
import { text } from '../../text/text.ts'

export const sectionNames = ['server', 'listeners', 'people', 'tokens', 'webhooks', 'browsers', 'effective'] as const
export type SectionName = (typeof sectionNames)[number]

const headOf = (name: SectionName): string => `${name}-head`

export const Section = ({ name, children }: { readonly name: SectionName; readonly children: ComponentChildren }) => (
  <section class="sheet stack" id={name} aria-labelledby={headOf(name)}>
    <h2 id={headOf(name)} tabIndex={-1}>
      {text(`settings.section.${name}`)}
    </h2>
    {children}
  </section>
)

/** In the place of what only admins may read; null for them. */
export const forbidden = (): ComponentChildren =>
  may('admin') ? null : <Mark kind="none">{text('action.needsRole', { role: text('role.admin') })}</Mark>

/** So long the sections above may still grow. */
const settleMs = 1500

const goTo = (name: string): void => {
  const section = document.getElementById(name)
  section?.scrollIntoView()
  section?.querySelector('h2')?.focus({ preventScroll: true })
}

/** Stays at the section of the address while what is above it is read, unless somebody scrolls; and follows links to sections. */
export const useAnchor = (): void => {
  useEffect(() => {
    const anchored = (): string => location.hash.slice(1)
    const grown = new ResizeObserver(() => goTo(anchored()))
    const leave = (): void => grown.disconnect()
    const main = document.querySelector('main')
    if (anchored() !== '' && main !== null) grown.observe(main)
    const timer = setTimeout(leave, settleMs)
    const follow = (event: MouseEvent): void => {
      const link = event.target instanceof Element ? event.target.closest('a') : null
      const hash = link?.getAttribute('href')?.match(/^(?:\/settings)?#(.+)$/)?.[1]
      if (hash === undefined || document.getElementById(hash)?.tagName !== 'SECTION') return
      event.preventDefault()
      history.replaceState(history.state, '', `#${hash}`)
      goTo(hash)
    }
    const events = ['wheel', 'keydown', 'pointerdown'] as const
    for (const event of events) addEventListener(event, leave, { passive: true })
    // Before the page's own follower of links, which does not know sections.
    addEventListener('click', follow, { capture: true })
    return () => {
      clearTimeout(timer)
      leave()
      for (const event of events) removeEventListener(event, leave)
      removeEventListener('click', follow, { capture: true })
    }
  }, [])
}

/** Reads again now and then what has no live events, while the section is shown. */
export const useAgain = (reload: () => void, seconds: number): void => {
  const latest = useRef(reload)
  latest.current = reload
  useEffect(() => {
    const timer = setInterval(() => latest.current(), seconds * 1000)
    return () => clearInterval(timer)
  }, [seconds])
}
