// The address of the page: its path and its query, read and changed. Knows no view.

import { computed, signal } from '@preact/signals'

export interface Place {
  readonly path: string
  /** Without `?`. */
  readonly search: string
}

const here = (): Place => ({ path: location.pathname, search: location.search.slice(1) })

export const place = signal<Place>(here())
export const query = computed(() => new URLSearchParams(place.value.search))
/** Counts up when another view may be shown: then its heading takes the focus. */
export const visits = signal(0)

/** Where a view was scrolled to, by entry of the history. */
const scrolls = new Map<number, number>()
let entry = 0

const keep = (): void => void scrolls.set(entry, scrollY)

export interface GoOptions {
  /** Without an entry in the history, and the view stays where it is. */
  readonly replace?: boolean
  /** With an entry in the history, and the view stays where it is. */
  readonly stays?: boolean
}

/** How long a view may take to become as long as it was, milliseconds. */
const longestWait = 1500

/** Scrolls as soon as the view is long enough, unless somebody scrolls or goes elsewhere meanwhile. */
const scrollBack = (top: number): void => {
  const mine = entry
  const until = performance.now() + longestWait
  const step = (before: number): void => {
    if (entry !== mine || scrollY !== before || performance.now() > until) return
    scrollTo(0, top)
    if (Math.ceil(scrollY) < Math.floor(top)) requestAnimationFrame(() => step(scrollY))
  }
  requestAnimationFrame(() => step(scrollY))
}

/** Goes to an address of the page. */
export const go = (address: string, { replace = false, stays = false }: GoOptions = {}): void => {
  const { path } = place.peek()
  keep()
  if (!replace) entry += 1
  history[replace ? 'replaceState' : 'pushState']({ entry }, '', address)
  place.value = here()
  if (replace) return
  if (place.value.path !== path) visits.value += 1
  if (!stays) scrollTo(0, 0)
}

/** Changes some values of the query; empty ones are taken out. */
export const setQuery = (changes: Readonly<Record<string, string>>): void => {
  const next = new URLSearchParams(place.peek().search)
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') next.delete(name)
    else next.set(name, value)
  }
  // It is the number of the page of that cursor.
  if (!next.has('after')) next.delete('page')
  const search = next.toString()
  go(`${place.peek().path}${search === '' ? '' : `?${search}`}`, { replace: true })
}

/** The link that a click would follow within the page; null: the browser follows it. */
const ownLink = (event: MouseEvent): HTMLAnchorElement | null => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (link === null || link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin) return null
  return link.pathname.startsWith('/api/') || link.getAttribute('href')?.startsWith('#') ? null : link
}

/** Follows links and the buttons of the browser from now on. */
export const startRouter = (): void => {
  history.scrollRestoration = 'manual'
  history.replaceState({ entry }, '', location.href)
  addEventListener('popstate', ({ state }: PopStateEvent) => {
    const { path } = place.peek()
    keep()
    entry = typeof state?.entry === 'number' ? state.entry : 0
    place.value = here()
    if (place.value.path !== path) visits.value += 1
    scrollBack(scrolls.get(entry) ?? 0)
  })
  addEventListener('click', (event) => {
    const link = ownLink(event)
    if (link === null) return
    event.preventDefault()
    go(`${link.pathname}${link.search}${link.hash}`)
  })
}

/** The title of the document for what is shown. */
export const titleOf = (shown: string): string => `${shown} · Fogbell`

/** The address of a device's view. */
export const deviceHref = (device: string): string => `/devices/${device.split('/').map(encodeURIComponent).join('/')}`
export const campaignHref = (id: string): string => `/campaigns/${encodeURIComponent(id)}`
