// The list of packages: newest first, by what the address says. Figures change where they are; while the pointer or the focus is in it, no row comes
// or goes.

import { useRef, useState } from 'preact/hooks'
import { withQuery } from '../../api/client.ts'
import { type Fetched, useFetched } from '../../api/fetched.ts'
import type { LiveEvent } from '../../api/live.ts'
import type { Campaign, Firmware, Overview } from '../../api/records.d.ts'
import { cursor } from '../../parts/pager.tsx'
import { query } from '../../router.ts'
import { changesUsage, heldRows } from './package-rows.ts'

export const pageSize = 100

export interface PackagePage {
  readonly items: readonly Firmware[]
  readonly next: string | null
  readonly count: number
  readonly total: number
}

export const listPath = (): string =>
  withQuery('/firmware', {
    sort: '-id',
    q: query.value.get('q') ?? '',
    product: query.value.get('product') ?? '',
    limit: pageSize,
    after: cursor(),
  })

export interface PackageList extends Pick<Fetched<PackagePage>, 'problem' | 'isPending' | 'reload'> {
  /** null: not read yet. */
  readonly page: PackagePage | null
  /** Ids that are gone. */
  readonly gone: ReadonlySet<string>
  /** How many rows would come or go. */
  readonly changes: number
  /** Shows what is there now. */
  refresh(): void
  readonly handlers: {
    onPointerEnter(): void
    onPointerLeave(): void
    onFocusIn(): void
    onFocusOut(event: FocusEvent): void
  }
}

const isRelevant = (rows: readonly Firmware[], modules: { current: string }, { name, data }: LiveEvent): boolean => {
  if (name === 'campaign') return changesUsage(rows, data as unknown as Campaign)
  if (name === 'removed') return rows.some(({ usage }) => usage?.campaigns.some(({ campaign }) => campaign === data['campaign']))
  if (name !== 'overview') return false
  const { packages, devices } = data as Partial<Overview>
  if (packages !== undefined) return true
  // How many are connected changes often, and nothing here.
  const next = devices === undefined ? modules.current : JSON.stringify(devices.modules)
  const isOther = next !== modules.current
  modules.current = next
  return isOther
}

const useHolding = () => {
  const [pointer, setPointer] = useState(false)
  const [focus, setFocus] = useState(false)
  return {
    isHolding: pointer || focus,
    handlers: {
      onPointerEnter: () => setPointer(true),
      onPointerLeave: () => setPointer(false),
      onFocusIn: () => setFocus(true),
      onFocusOut(event: FocusEvent) {
        const around = event.currentTarget
        if (!(around instanceof Node && event.relatedTarget instanceof Node && around.contains(event.relatedTarget))) setFocus(false)
      },
    },
  }
}

export const usePackages = (): PackageList => {
  const path = listPath()
  const rows = useRef<readonly Firmware[]>([])
  const modules = useRef('')
  const { data, problem, isPending, reload } = useFetched<PackagePage>(path, (event) => isRelevant(rows.current, modules, event))
  const { isHolding, handlers } = useHolding()
  const shown = useRef<{ readonly path: string; readonly items: readonly Firmware[] } | null>(null)
  const asked = useRef<PackagePage | null>(null)
  const isAsked = asked.current !== null && asked.current !== data
  const isOther = shown.current?.path !== path
  // What was held back comes when it is asked for, not when the pointer leaves for the button that asks.
  const isHeld = useRef(false)
  if (data !== null && !isPending && (isOther || isAsked || !(isHolding || isHeld.current))) {
    shown.current = { path, items: data.items }
    asked.current = null
  }
  const held = heldRows(shown.current?.items ?? [], isPending ? (shown.current?.items ?? []) : (data?.items ?? []))
  rows.current = held.items
  isHeld.current = held.changes > 0
  return {
    page: data === null ? null : { ...data, items: held.items },
    gone: held.gone,
    changes: held.changes,
    problem,
    isPending,
    reload,
    refresh() {
      if (data !== null && !isPending) shown.current = { path, items: data.items }
      asked.current = data
      reload()
    },
    handlers,
  }
}
