// One station live: its slots, who works at it on what, its shift, and what can be done with it.

import type { Station, StationView } from '../../api/records.d.ts'
import { Mark } from '../../parts/mark.tsx'
import { Refused } from '../../parts/refused.tsx'
import { Until, When } from '../../parts/when.tsx'
import { text } from '../../text/text.ts'
import { StationActions } from './station-actions.tsx'
import { useRefusedScan, useStation } from './station-live.ts'
import { StationSlot } from './station-slot.tsx'
import { screenHref } from './stations-addresses.ts'
import { outOf, percent, perHour } from './yield-words.ts'

const Desk = ({ view }: { readonly view: StationView }) => (
  <dl class="desk">
    <div>
      <dt>{text('stations.operator')}</dt>
      <dd>{view.operatorName ?? '–'}</dd>
    </div>
    <div>
      <dt>{text('stations.workOrder')}</dt>
      <dd>{view.workOrder ?? '–'}</dd>
    </div>
    <div>
      <dt>{text('stations.card.shift')}</dt>
      <dd>
        {text('stations.card.fpy', { value: percent(view.shift.fpy) })} <span class="dim">{outOf(view.shift.fpy)}</span>
      </dd>
    </div>
    <div>
      <dt>{text('stations.yield.perHour')}</dt>
      <dd>{perHour(view.shift.unitsPerHour)}</dd>
    </div>
  </dl>
)

/** What keeps it from testing, or should be known. */
const Notices = ({ view }: { readonly view: StationView }) => {
  const { reference, backlog } = view
  return (
    <>
      {view.rev === null ? <Mark kind="warn">{text('stations.card.notReleased', { procedure: view.procedure })}</Mark> : null}
      {reference === null || reference.blocked === null ? null : (
        <Mark kind="bad">{text(`stations.card.blocked.${reference.blocked}`)}</Mark>
      )}
      {reference === null || reference.wanted.length === 0 || reference.blocked !== null ? null : (
        <Mark kind="warn">{text('stations.card.referenceDue')}</Mark>
      )}
      {reference === null || reference.dueAt === null || reference.wanted.length > 0 ? null : (
        <span class="small dim">
          {text('stations.card.referenceNext')} <Until at={reference.dueAt} />
        </span>
      )}
      {backlog === null || backlog.count === 0 ? null : (
        <Mark kind="warn">
          {text('stations.card.backlog', { n: backlog.count })} <When at={backlog.oldestAt} none="" />
        </Mark>
      )}
    </>
  )
}

const RefusedLast = ({ station }: { readonly station: string }) => {
  const refused = useRefusedScan(station)
  return (
    <p class="refused-scan">
      {refused === null ? null : (
        <>
          <Mark kind="warn">{refused.said}</Mark>{' '}
          <span class="small dim">
            <When at={refused.at} />
          </span>
        </>
      )}
    </p>
  )
}

/** `FCT of lamp by lamp-fct, revision 2`. */
const workWords = ({ process, product, procedure, rev }: StationView): string =>
  rev === null || process === null || product === null ? procedure : text('stations.card.work', { process, product, procedure, rev })

const Live = ({ view, onChanged }: { readonly view: StationView; readonly onChanged: () => void }) => (
  <>
    <p class="dim">{workWords(view)}</p>
    <Notices view={view} />
    <ol class="plain-list station-slots" data-slots={view.slots > 8 ? 'many' : 'few'}>
      {view.slotViews.map((slot) => (
        <StationSlot key={slot.slot} slot={slot} />
      ))}
    </ol>
    <RefusedLast station={view.id} />
    <Desk view={view} />
    <StationActions view={view} onChanged={onChanged} />
  </>
)

export const StationCard = ({ station }: { readonly station: Station }) => {
  const { data, problem, reload } = useStation(station.id)
  return (
    <li class={`sheet stack station-card ${station.slots > 4 ? 'wide' : ''}`}>
      <header class="row">
        <h3>
          <bdi>{station.name}</bdi>
        </h3>
        {station.name === station.id ? null : <span class="dim">{station.id}</span>}
        <a class="screen" href={screenHref(station.id)} target="_blank" rel="noopener">
          {text('stations.card.screen')}
        </a>
      </header>
      {problem === null ? null : <Refused problem={problem} onRetry={reload} />}
      {data === null ? <div class={`card-room rows-${Math.ceil(station.slots / 4)}`} /> : <Live view={data} onChanged={reload} />}
    </li>
  )
}
