// The list of devices that is shown: its rows change in place; what comes, goes or moves waits until somebody asks for it. Knows no markup.

import { useMemo, useRef, useState } from 'preact/hooks'
import { useFetched } from '../../api/fetched.ts'
import { type LiveEvent, useDeviceEvents, useEvents } from '../../api/live.ts'
import type { Device, Problem } from '../../api/records.d.ts'
import { afterEvent, differences, kept, keyOf } from './device-changes.ts'

export interface DevicePage {
  readonly items: readonly Device[]
  readonly next: string | null
  readonly count: number
  readonly total: number
}

export interface ShownDevice {
  readonly key: string
  readonly device: Device
  readonly isRemoved: boolean
}

export interface DeviceList {
  /** null: not read yet, or refused. */
  readonly rows: readonly ShownDevice[] | null
  readonly next: string | null
  readonly count: number
  readonly total: number
  /** Rows that would come, go or move. */
  readonly changes: number
  readonly problem: Problem | null
  readonly isPending: boolean
  /** Shows the list as it is now. */
  refresh(): void
}

interface Shown {
  readonly path: string
  readonly keys: readonly string[]
  readonly next: string | null
}

/** What is known of devices by their keys: read, and changed by events since. */
const createKnown = () => {
  let devices = new Map<string, Device>()
  const removed = new Set<string>()
  return {
    read(page: DevicePage, shown: readonly string[]): void {
      const next = new Map(shown.flatMap((key) => [[key, devices.get(key)] as const]).filter(isKnown))
      for (const device of page.items) {
        const key = keyOf(device)
        next.set(key, kept(devices.get(key), device))
        removed.delete(key)
      }
      devices = next
    },
    /** Whether a row has changed. */
    take(event: LiveEvent): boolean {
      const key = String(event.data['device'])
      const before = devices.get(key)
      if (before === undefined) return false
      const after = afterEvent(before, event)
      devices.set(key, after)
      const isRemoval = event.data['what'] === 'removed'
      if (isRemoval) removed.add(key)
      return isRemoval || after !== before
    },
    row: (key: string): ShownDevice | null => {
      const device = devices.get(key)
      return device === undefined ? null : { key, device, isRemoved: removed.has(key) }
    },
  }
}

const isKnown = (entry: readonly [string, Device | undefined]): entry is readonly [string, Device] => entry[1] !== undefined

/** Changes of the whole fleet are looked at so seldom, milliseconds. */
const fleetMs = 5000

/** Whether an event means that the list should be read again: at once for its own rows, now and then for all others. */
const createReason = () => {
  let last = 0
  return ({ name, data }: LiveEvent): boolean => {
    if (name === 'device' || name === 'task') return true
    if (name !== 'overview' || data['devices'] === undefined || Date.now() < last + fleetMs || document.hidden) return false
    last = Date.now()
    return true
  }
}

export const useDeviceList = (path: string): DeviceList => {
  const [known] = useState(createKnown)
  const [isReason] = useState(() => createReason())
  const [shown, setShown] = useState<Shown>({ path: '', keys: [], next: null })
  const [, setRound] = useState(0)
  const isWanted = useRef(false)
  const { data, problem, isPending, reload } = useFetched<DevicePage>(path, isReason)
  const now = useMemo(() => {
    if (data === null) return null
    known.read(data, shown.keys)
    return data.items.map(keyOf)
  }, [data])
  if (data !== null && now !== null && !isPending && (shown.path !== path || isWanted.current || shown.keys.length === 0)) {
    isWanted.current = false
    if (shown.path !== path || differences(shown.keys, now) > 0) setShown({ path, keys: now, next: data.next })
  }
  useDeviceEvents(shown.keys)
  const [listener] = useState(() => (events: readonly LiveEvent[]) => {
    if (events.filter((event) => known.take(event)).length > 0) setRound((round) => round + 1)
  })
  useEvents(listener)
  return {
    rows: data === null ? null : shown.keys.map(known.row).filter((row) => row !== null),
    next: shown.next,
    count: data?.count ?? 0,
    total: data?.total ?? 0,
    changes: now === null || isPending || shown.path !== path ? 0 : differences(shown.keys, now),
    problem,
    isPending: isPending || (data !== null && shown.path !== path),
    refresh() {
      isWanted.current = true
      reload()
    },
  }
}
