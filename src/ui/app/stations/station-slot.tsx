// One slot of a station: its number always, and what is in it. Its place and height never change.

import type { StationView } from '../../api/records.d.ts'
import { Mark } from '../../parts/mark.tsx'
import { bytes, text } from '../../text/text.ts'
import { RunMark, runKind } from './run-mark.tsx'
import { runHref } from './stations-addresses.ts'

type Slot = StationView['slotViews'][number]

const State = ({ slot: { run, isSaving, isAcknowledged, progress } }: { readonly slot: Slot }) => {
  if (run === null) return <Mark kind="none">{text('stations.slot.free')}</Mark>
  if (isSaving) return <Mark kind="busy">{text('stations.slot.saving')}</Mark>
  return (
    <>
      <RunMark run={run} />
      {progress === null || run.state !== 'updating' ? null : (
        <span class="small dim">{text('stations.slot.progress', { done: bytes(progress.bytes), size: bytes(progress.size) })}</span>
      )}
      {run.outcome === null || run.outcome === 'passed' ? null : (
        <span class="small dim">{text(isAcknowledged ? 'stations.slot.acknowledged' : 'stations.slot.notAcknowledged')}</span>
      )}
    </>
  )
}

export const StationSlot = ({ slot }: { readonly slot: Slot }) => {
  const { run, isSaving } = slot
  const kind = run === null ? 'free' : isSaving ? 'busy' : runKind(run)
  const isOver = slot.isAcknowledged && !isSaving && run !== null && run.outcome !== null && run.outcome !== 'passed'
  return (
    <li class={`station-slot slot-${kind} ${isOver ? 'slot-over' : ''}`}>
      <span class="slot-number">{text('stations.slot.number', { n: slot.slot })}</span>
      <span class="slot-state">
        <State slot={slot} />
      </span>
      <span class="slot-serial">
        {run === null ? null : (
          <a href={runHref(run.id)} title={run.serial}>
            <bdi>{run.serial}</bdi>
          </a>
        )}
      </span>
    </li>
  )
}
