// One run, live: how it is, what can be done, its steps with what was measured, and the other attempts of its unit.

import { withQuery } from '../../api/client.ts'
import { useFetched } from '../../api/fetched.ts'
import { type LiveEvent, useDeviceEvents } from '../../api/live.ts'
import type { Run, StationView } from '../../api/records.d.ts'
import { CopyCurl } from '../../parts/copy.tsx'
import { Refused } from '../../parts/refused.tsx'
import { Until } from '../../parts/when.tsx'
import { bytes, text, withOwnTimes } from '../../text/text.ts'
import { RunActions } from './run-actions.tsx'
import { RunFacts } from './run-facts.tsx'
import { runKind, runWord } from './run-mark.tsx'
import { RunRows, runSeconds } from './run-rows.tsx'
import { RunSteps } from './run-steps.tsx'
import './run.css'
import { isAt } from './station-live.ts'
import { stationPath } from './stations-addresses.ts'
import { seconds } from './yield-words.ts'

type Slot = StationView['slotViews'][number]

interface Attempts {
  readonly items: readonly Run[]
}

/** First what is, then why. */
const sentenceOf = (run: Run): string => {
  const took = runSeconds(run)
  if (run.outcome === null) return text(`stations.sentence.${run.state === 'ended' ? 'testing' : run.state}`, { serial: run.serial })
  if (run.text !== null) return withOwnTimes(run.text)
  return text(`stations.sentence.${run.outcome}`, { serial: run.serial, time: took === null ? '–' : seconds(took) })
}

const Progress = ({ slot }: { readonly slot: Slot | null }) => (
  <p class="dim run-progress">
    {slot?.progress === null || slot?.progress === undefined
      ? ''
      : text('stations.slot.progress', { done: bytes(slot.progress.bytes), size: bytes(slot.progress.size) })}{' '}
    {slot?.until === null || slot?.until === undefined ? null : (
      <>
        {text('stations.run.until')} <Until at={slot.until} />
      </>
    )}
  </p>
)

const State = ({ run, slot, onChanged }: { readonly run: Run; readonly slot: Slot | null; readonly onChanged: () => void }) => (
  <section class={`sheet run-state state-${runKind(run)}`} aria-label={text('stations.outcome')}>
    <p class="run-word">
      <span class="run-shape" aria-hidden="true" />
      {runWord(run)}
    </p>
    <div class="stack">
      <p class="said">{sentenceOf(run)}</p>
      <p class="small dim">
        {run.code === null ? '' : `${run.code} · `}
        {run.reference === null ? text('stations.run.attempt', { n: run.attempt }) : text(`stations.reference.${run.reference}`)}
      </p>
      {run.state === 'ended' ? null : <Progress slot={slot} />}
    </div>
    <RunActions run={run} slot={slot} onChanged={onChanged} />
  </section>
)

const OtherAttempts = ({ run }: { readonly run: Run }) => {
  const { product, serial, process } = run
  const { data } = useFetched<Attempts>(
    withQuery('/runs', { product, serial, process, limit: 20 }),
    ({ name, data: { serial: of } }) => name === 'run' && of === serial,
  )
  const others = (data?.items ?? []).filter(({ id }) => id !== run.id)
  return (
    <section class="sheet stack" aria-labelledby="attempts-head">
      <h2 id="attempts-head">{text('stations.run.attempts')}</h2>
      {others.length === 0 ? <p class="dim">{text('stations.run.noOther')}</p> : <RunRows runs={others} isOfUnit />}
    </section>
  )
}

/** The slot as long as this run is in it. */
const useSlot = (run: Run | null): Slot | null => {
  const devices = run === null || run.device === null || run.state === 'ended' ? [] : [run.device]
  useDeviceEvents(devices)
  const changes = (event: LiveEvent): boolean => (run !== null && isAt(event, run.station)) || event.name === 'task'
  const { data } = useFetched<StationView>(run === null ? null : stationPath(run.station), changes)
  return data?.slotViews.find((slot) => slot.run?.id === run?.id) ?? null
}

const Heading = ({ id, run }: { readonly id: string; readonly run: Run | null }) => (
  <header>
    <h1 tabIndex={-1}>
      {text('stations.run.named', { id })}
      {run === null ? null : (
        <span class="dim">
          {' '}
          <bdi>{run.serial}</bdi> · {run.process}
        </span>
      )}
    </h1>
    <CopyCurl needs="viewer" method="GET" path={`/runs/${encodeURIComponent(id)}`} />
  </header>
)

export const RunView = ({ params: [id = ''] }: { readonly params: readonly string[] }) => {
  const path = `/runs/${encodeURIComponent(id)}`
  const { data, problem, reload } = useFetched<Run>(path, ({ name, data: { run } }) => name === 'run' && run === id)
  const slot = useSlot(data)
  return (
    <div class="view run-view">
      <Heading id={id} run={data} />
      {problem === null ? null : <Refused problem={problem} onRetry={reload} />}
      {data === null ? null : (
        <>
          <State run={data} slot={slot} onChanged={reload} />
          <div class="run-columns">
            <RunSteps run={data} />
            <RunFacts run={data} />
          </div>
          <OtherAttempts run={data} />
        </>
      )}
    </div>
  )
}
