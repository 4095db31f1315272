// A station as it is now, read again when something happens at it; and the last scan there that began no run.

import { useRef, useState } from 'preact/hooks'
import { type Fetched, useFetched } from '../../api/fetched.ts'
import { type LiveEvent, useEvents } from '../../api/live.ts'
import type { StationView } from '../../api/records.d.ts'
import { stationPath } from './stations-addresses.ts'

const names: readonly string[] = ['run', 'scan', 'station']

/** Whether it is about that station. */
export const isAt = ({ name, data }: LiveEvent, station: string): boolean => names.includes(name) && data['station'] === station

export const useStation = (id: string): Fetched<StationView> => useFetched<StationView>(stationPath(id), (event) => isAt(event, id))

export interface RefusedScan {
  readonly said: string
  readonly at: string
}

const refusedIn = ({ data }: LiveEvent): RefusedScan | null => {
  const { text: said, at, reason } = data
  return typeof said === 'string' && typeof at === 'string' && typeof reason === 'string' ? { said, at } : null
}

/** null: there was none since this is shown, or a run has begun after it. */
export const useRefusedScan = (station: string): RefusedScan | null => {
  const [refused, setRefused] = useState<RefusedScan | null>(null)
  const latest = useRef(station)
  latest.current = station
  const listener = useRef((events: readonly LiveEvent[]) => {
    const own = events.filter((event) => isAt(event, latest.current) && (event.name === 'scan' || event.data['state'] === 'waiting'))
    const last = own.at(-1)
    if (last !== undefined) setRefused(last.name === 'scan' ? refusedIn(last) : null)
  })
  useEvents(listener.current)
  return refused
}
