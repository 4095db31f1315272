// The rows of events that are part of a commit, and of the results of test runs, with what of them has not been delivered. Knows no disk and no
// HTTP.

import type { NewRow } from '../ota/ports/store.ts'
import type { ResultRows } from '../station/ports.ts'
import { textOf } from './alert-event.ts'
import type { Hook, Hooks } from './hooks.ts'
import { type Alert, runAlert } from './record-alerts.ts'
import { placeOf } from './webhook-keys.ts'

export const none: readonly NewRow[] = []

const wantsType = ({ record: { events } }: Hook, type: string): boolean => events.length === 0 || events.some((each) => each === type)

export const wants = (hook: Hook, { event, product }: Alert): boolean =>
  wantsType(hook, event.type) && (hook.record.products.length === 0 || product === null || hook.record.products.includes(product))

export const rowsFor = (hooks: Hooks, alert: Alert): readonly NewRow[] => {
  const wanting = [...hooks.byName.values()].filter((hook) => wants(hook, alert))
  if (wanting.length === 0) return none
  const value = textOf(alert.event)
  hooks.lastSeq += 1
  return wanting.map(({ delivery }) => ({ key: delivery.expect(hooks.lastSeq, alert.event), value }))
}

/** What became of the commit of these rows. */
export const settle = ({ byId }: Hooks, rows: readonly NewRow[], areStored: boolean): void => {
  for (const { key } of rows) {
    const { webhook, seq } = placeOf(key)
    byId.get(webhook)?.delivery.settled(seq, areStored)
  }
}

/** Of the receiver that lacks most of them. */
const backlog = ({ byName }: Hooks): ReturnType<ResultRows['backlog']> => {
  const wanting = [...byName.values()].filter((hook) => wantsType(hook, 'run.ended'))
  if (wanting.length === 0) return null
  let [count, oldestAt]: [number, number | null] = [0, null]
  for (const { delivery } of wanting) {
    const results = delivery.results()
    count = Math.max(count, results.count)
    if (results.oldestAt !== null) oldestAt = Math.min(results.oldestAt, oldestAt ?? results.oldestAt)
  }
  return { count, oldestAt }
}

export const createResults = (hooks: Hooks): ResultRows => ({
  rowsOf: (run) => (hooks.byName.size === 0 ? none : rowsFor(hooks, runAlert(run, hooks.deps.now()))),
  settled: (rows, areStored) => settle(hooks, rows, areStored),
  backlog: () => backlog(hooks),
})
