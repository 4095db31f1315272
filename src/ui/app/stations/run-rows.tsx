// Runs as rows of a table.

import type { Run } from '../../api/records.d.ts'
import { When } from '../../parts/when.tsx'
import { text, withOwnTimes } from '../../text/text.ts'
import { RunMark } from './run-mark.tsx'
import { runHref, unitHref } from './stations-addresses.ts'
import { seconds } from './yield-words.ts'

export const runSeconds = ({ scannedAt, endedAt }: Run): number | null =>
  endedAt === null ? null : Math.max(0, Date.parse(endedAt) - Date.parse(scannedAt)) / 1000

const Row = ({ run, isOfUnit }: { readonly run: Run; readonly isOfUnit: boolean }) => {
  const took = runSeconds(run)
  return (
    <tr>
      <td>
        <a href={runHref(run.id)}>{text('stations.run.named', { id: run.id })}</a>
      </td>
      <td>
        <RunMark run={run} />
      </td>
      {isOfUnit ? null : (
        <td data-name={text('stations.serial')}>
          <a href={unitHref(run.product, run.serial)}>
            <bdi>{run.serial}</bdi>
          </a>
        </td>
      )}
      <td data-name={text('stations.process')}>{run.process}</td>
      <td data-name={text('stations.station')} class="run-at">
        {text('stations.run.at', { station: run.station, slot: run.slot })}
      </td>
      <td data-name={text('stations.attempt')} class="number">
        {run.reference === null ? run.attempt : text(`stations.reference.${run.reference}`)}
      </td>
      <td data-name={text('stations.run.took')} class="number">
        {took === null ? '–' : seconds(took)}
      </td>
      <td data-name={text('stations.run.when')}>
        <When at={run.endedAt ?? run.scannedAt} />
      </td>
      <td class="run-said">{run.text === null ? '' : withOwnTimes(run.text)}</td>
    </tr>
  )
}

const columns = ['run', 'outcome', 'serial', 'process', 'station', 'attempt', 'run.took', 'run.when', 'run.said'] as const

/** `isOfUnit`: all are of one unit, which is named above. */
export const RunRows = ({ runs, isOfUnit = false }: { readonly runs: readonly Run[]; readonly isOfUnit?: boolean }) => (
  <table class="stacks runs">
    <thead>
      <tr>
        {columns
          .filter((column) => !isOfUnit || column !== 'serial')
          .map((column) => (
            <th key={column} scope="col" class={column === 'attempt' || column === 'run.took' ? 'number' : ''}>
              {text(`stations.${column}`)}
            </th>
          ))}
      </tr>
    </thead>
    <tbody data-rows>
      {runs.map((run) => (
        <Row key={run.id} run={run} isOfUnit={isOfUnit} />
      ))}
    </tbody>
  </table>
)
