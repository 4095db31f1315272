// Yield of the shifts that are chosen: all in one line of figures, then by what is chosen, then what failed. Both choices are in the address.

import { withQuery } from '../../api/client.ts'
import type { Yield, YieldRow } from '../../api/records.d.ts'
import { CopyCurl } from '../../parts/copy.tsx'
import { Figure } from '../../parts/figure.tsx'
import { Refused } from '../../parts/refused.tsx'
import { query, setQuery } from '../../router.ts'
import { dateTime, number, text } from '../../text/text.ts'
import { Pareto } from './pareto.tsx'
import type { Yields } from './use-yields.ts'
import { groupNames, groupOf, spanNames, spanOf } from './yield-span.ts'
import { YieldTable } from './yield-table.tsx'
import { outOf, percent, perHour, seconds } from './yield-words.ts'

const Choices = () => (
  <form class="filters" onSubmit={(event) => event.preventDefault()}>
    <label>
      <span>{text('stations.span')}</span>
      <select
        name="shift"
        value={spanOf(query.value.get('shift'))}
        onChange={(event) => setQuery({ shift: event.currentTarget.value === 'today' ? '' : event.currentTarget.value })}
      >
        {spanNames.map((name) => (
          <option key={name} value={name}>
            {text(`stations.span.${name}`)}
          </option>
        ))}
      </select>
    </label>
    <label>
      <span>{text('stations.group')}</span>
      <select
        name="group"
        value={groupOf(query.value.get('group'))}
        onChange={(event) => setQuery({ group: event.currentTarget.value === groupNames[0] ? '' : event.currentTarget.value })}
      >
        {groupNames.map((name) => (
          <option key={name} value={name}>
            {name
              .split(',')
              .map((each) => text(`stations.group.${each as 'station'}`))
              .join(' · ')}
          </option>
        ))}
      </select>
    </label>
  </form>
)

const Figures = ({ row, whole }: { readonly row: YieldRow | null; readonly whole: Yield }) => {
  const uncounted = Object.values(row?.uncounted ?? {}).reduce((sum, count) => sum + count, 0)
  return (
    <div class="figures">
      <Figure name={text('stations.yield.units')} value={number(row?.units ?? 0)}>
        <span class="small dim">{text('stations.yield.uncounted', { n: uncounted })}</span>
      </Figure>
      <Figure name={text('stations.yield.fpy')} value={percent(row?.fpy ?? null)} unit={outOf(row?.fpy ?? null)}>
        <span class="small dim">{text('stations.yield.rty', { value: percent(whole.rty) })}</span>
      </Figure>
      <Figure name={text('stations.yield.finalYield')} value={percent(row?.finalYield ?? null)} unit={outOf(row?.finalYield ?? null)} />
      <Figure name={text('stations.yield.retestRate')} value={percent(row?.retestRate ?? null)} unit={outOf(row?.retestRate ?? null)}>
        <span class="small dim">{text('stations.yield.ntf', { n: row?.ntf ?? 0 })}</span>
      </Figure>
      <Figure name={text('stations.yield.perHour')} value={perHour(row?.unitsPerHour ?? null)} />
      <Figure name={text('stations.yield.cycle')} value={row === null || row.cycleTimes === null ? '-' : seconds(row.cycleTimes.p50)}>
        {row === null || row.cycleTimes === null ? null : (
          <span class="small dim">{text('stations.yield.cycleP95', { value: seconds(row.cycleTimes.p95) })}</span>
        )}
      </Figure>
    </div>
  )
}

export const YieldSection = ({ yields: { total, byGroup } }: { readonly yields: Yields }) => {
  const row = total.data?.items[0] ?? null
  const group = groupOf(query.value.get('group'))
  return (
    <div class="yield-columns">
      <section class="sheet stack" aria-labelledby="yield-head">
        <div class="row">
          <h2 id="yield-head">{text('stations.yield')}</h2>
          <span class="small dim">
            {total.data === null
              ? ''
              : text('stations.yield.span', { from: dateTime(Date.parse(total.data.from)), to: dateTime(Date.parse(total.data.to)) })}
          </span>
        </div>
        <Choices />
        {total.problem === null ? null : <Refused problem={total.problem} onRetry={total.reload} />}
        {total.data === null ? <div class="figures-room" /> : <Figures row={row} whole={total.data} />}
        {byGroup.data === null ? null : <YieldTable rows={byGroup.data.items} group={group} />}
        <p>
          <CopyCurl needs="viewer" method="GET" path={withQuery('/yield', { shift: spanOf(query.value.get('shift')), group })} />
        </p>
      </section>
      <Pareto row={row} />
    </div>
  )
}
