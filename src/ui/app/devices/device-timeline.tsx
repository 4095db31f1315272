// What happened to a device, the newest first. What is new waits while somebody points at the list.

import { useMemo, useState } from 'preact/hooks'
import type { TimelineEntry } from '../../api/records.d.ts'
import { useHeld } from '../../parts/held.ts'
import { Mark, type MarkKind } from '../../parts/mark.tsx'
import { Said } from '../../parts/said.tsx'
import { When } from '../../parts/when.tsx'
import { campaignHref, query, setQuery } from '../../router.ts'
import { text } from '../../text/text.ts'

type What = TimelineEntry['what']
const whats: readonly What[] = ['connected', 'disconnected', 'refused', 'task', 'version', 'moved', 'disputed', 'contended']

const kinds: Readonly<Partial<Record<string, MarkKind>>> = {
  connected: 'good',
  refused: 'bad',
  disputed: 'warn',
  contended: 'warn',
  succeeded: 'good',
  failed: 'bad',
  timed_out: 'bad',
  rejected: 'bad',
  notified: 'busy',
  in_progress: 'busy',
}
const kindOf = ({ what, state }: TimelineEntry): MarkKind => kinds[state ?? what] ?? 'none'

const Row = ({ row }: { readonly row: TimelineEntry }) => (
  <li>
    <Mark kind={kindOf(row)}>
      {row.state === null ? text(`devices.timeline.what.${row.what}`) : text(`task.state.${row.state as 'queued'}`)}
    </Mark>
    <span>
      <Said said={row.text} />
      {row.campaign === null ? null : (
        <>
          {' · '}
          <a href={campaignHref(row.campaign)}>{text('campaign.short', { id: row.campaign })}</a>
        </>
      )}
      {row.attempt === null || row.attempt === 1 ? null : (
        <span class="dim"> · {text('devices.device.attempt', { attempt: row.attempt })}</span>
      )}
    </span>
    <span class="dim">
      <When at={row.at} />
    </span>
  </li>
)

const step = 50

/** Each with a key that stays: rows of one moment are counted. */
const keyed = (rows: readonly TimelineEntry[]): readonly (readonly [string, TimelineEntry])[] => {
  const seen = new Map<string, number>()
  const all = rows.map((row) => {
    const count = seen.get(row.at) ?? 0
    seen.set(row.at, count + 1)
    return [`${row.at} ${count}`, row] as const
  })
  return all.toReversed()
}

export const DeviceTimeline = ({ rows }: { readonly rows: readonly TimelineEntry[] | null }) => {
  const [size, setSize] = useState(step)
  const what = query.value.get('what') ?? ''
  const { value, isHeld, handlers } = useHeld(rows)
  const all = useMemo(() => keyed(value ?? []).filter(([, row]) => what === '' || row.what === what), [value, what])
  return (
    <section class="sheet stack timeline">
      <header class="row">
        <h2>{text('devices.timeline.title')}</h2>
        <label class="row">
          <span class="dim">{text('devices.timeline.show')}</span>
          <select value={what} onChange={(event) => setQuery({ what: event.currentTarget.value })}>
            <option value="">{text('devices.timeline.all')}</option>
            {whats.map((each) => (
              <option key={each} value={each}>
                {text(`devices.timeline.what.${each}`)}
              </option>
            ))}
          </select>
        </label>
        <span class="dim" aria-hidden={!isHeld}>
          {isHeld ? text('devices.timeline.waiting') : ''}
        </span>
      </header>
      {rows !== null && all.length === 0 ? <p class="dim">{text('devices.timeline.none')}</p> : null}
      <ol class="plain-list" {...handlers}>
        {all.slice(0, size).map(([key, row]) => (
          <Row key={key} row={row} />
        ))}
      </ol>
      {all.length > size ? (
        <p class="row">
          <button type="button" onClick={() => setSize(size + step)}>
            {text('devices.timeline.older', { n: Math.min(step, all.length - size) })}
          </button>
          <span class="dim">{text('devices.timeline.shown', { shown: size, n: all.length })}</span>
        </p>
      ) : null}
    </section>
  )
}
