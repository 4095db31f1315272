// The station's id and token: the token comes in the fragment of the link, leaves the address bar at once, and is kept in this browser.

import { readStored, writeStored } from '../text/stored.ts'

export interface Identity {
  readonly station: string
  /** null: nobody has opened the link here yet. */
  readonly token: string | null
}

const stored = (station: string): string => `fogbell.station.${station}`

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const tokenIn = (hash: string): string | null => new URLSearchParams(hash.slice(1)).get('token')?.trim() || null

export const readIdentity = (): Identity => {
  const station = decoded(/^\/station\/([^/]*)/.exec(location.pathname)?.[1] ?? '')
  const given = tokenIn(location.hash)
  if (location.hash !== '') history.replaceState(null, '', location.pathname + location.search)
  if (given !== null) writeStored('local', stored(station), given)
  return { station, token: given ?? readStored('local', stored(station)) }
}

/** Another link was opened in this tab. */
export const onNewToken = (listener: () => void): void =>
  addEventListener('hashchange', () => tokenIn(location.hash) !== null && listener())
