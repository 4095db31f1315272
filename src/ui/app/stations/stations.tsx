// The test stations: live, with the yield of a shift, what failed, the last runs, and the procedures; or how to set up the first one.

import { useState } from 'preact/hooks'
import { useFetched } from '../../api/fetched.ts'
import type { LiveEvent } from '../../api/live.ts'
import type { Procedure, Station } from '../../api/records.d.ts'
import { Opener } from '../../parts/opener.tsx'
import { Refused } from '../../parts/refused.tsx'
import { query } from '../../router.ts'
import { paragraph, text } from '../../text/text.ts'
import { LastRuns } from './last-runs.tsx'
import { ProcedureForm } from './procedure-form.tsx'
import { ProcedureList } from './procedure-list.tsx'
import { AddStation, SetUp } from './set-up.tsx'
import { StationCard } from './station-card.tsx'
import './stations.css'
import { useYields, type Yields } from './use-yields.ts'
import { YieldSection } from './yield-section.tsx'
import { spanOf } from './yield-span.ts'
import { percent } from './yield-words.ts'

interface All<T> {
  readonly items: readonly T[]
}

const isStation = ({ name }: LiveEvent): boolean => name === 'station'

/** `4 stations. Today: 120 units, first pass yield 97.5 %.` */
const sentence = (stations: number, { total }: Yields): string => {
  const row = total.data?.items[0] ?? null
  const span = text(`stations.span.${spanOf(query.value.get('shift'))}`)
  const tested =
    total.data === null
      ? ''
      : row === null || row.units === 0
        ? text('stations.sentence.nothing', { span })
        : text('stations.sentence.yield', { span, n: row.units, value: percent(row.fpy) })
  return paragraph([text('stations.sentence.stations', { n: stations }), tested])
}

const AddButtons = ({ onChanged }: { readonly onChanged: () => void }) => {
  const [open, setOpen] = useState<'procedure' | 'station' | null>(null)
  const changed = (): void => {
    setOpen(null)
    onChanged()
  }
  return (
    <>
      <Opener needs="admin" onOpen={() => setOpen('station')}>
        {text('stations.station.add')}
      </Opener>
      <Opener needs="admin" onOpen={() => setOpen('procedure')}>
        {text('stations.procedure.add')}
      </Opener>
      {open === 'procedure' ? <ProcedureForm procedure={null} onDone={changed} onClose={() => setOpen(null)} /> : null}
      {open === 'station' ? <AddStation onChanged={changed} onClose={() => setOpen(null)} /> : null}
    </>
  )
}

interface ShownFacts {
  readonly stations: readonly Station[]
  readonly procedures: readonly Procedure[]
  readonly onChanged: () => void
}

const Shown = ({ stations, procedures, onChanged }: ShownFacts) => {
  const yields = useYields()
  return (
    <>
      <p class="said">{sentence(stations.length, yields)}</p>
      <ul class="plain-list station-cards">
        {stations.map((station) => (
          <StationCard key={station.id} station={station} />
        ))}
      </ul>
      <YieldSection yields={yields} />
      <LastRuns stations={stations} />
      <ProcedureList procedures={procedures} onDone={onChanged} />
    </>
  )
}

export const Stations = () => {
  const stations = useFetched<All<Station>>('/stations', isStation)
  const procedures = useFetched<All<Procedure>>('/procedures', isStation)
  // Open until the link of the new screen was taken.
  const [isSettingUp, setSettingUp] = useState(false)
  const [all, known] = [stations.data?.items, procedures.data?.items]
  const changed = (): void => {
    setSettingUp(false)
    stations.reload()
    procedures.reload()
  }
  const isFirst = all !== undefined && known !== undefined && (all.length === 0 || isSettingUp)
  if (isFirst && !isSettingUp) setSettingUp(true)
  return (
    <div class="view stations">
      <header>
        <h1 tabIndex={-1}>{text('nav.stations')}</h1>
        {isFirst ? null : <AddButtons onChanged={changed} />}
      </header>
      {[stations, procedures].map(({ problem, reload }, at) =>
        problem === null ? null : <Refused key={at} problem={problem} onRetry={reload} />,
      )}
      {all === undefined || known === undefined ? null : isFirst ? (
        <SetUp procedures={known} stations={all} onChanged={changed} />
      ) : (
        <Shown stations={all} procedures={known} onChanged={changed} />
      )}
    </div>
  )
}
