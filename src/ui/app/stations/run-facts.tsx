// What a run is of: the unit, its board, who tested it where and by what, and its versions before and after.

import type { ComponentChildren } from 'preact'
import type { Run } from '../../api/records.d.ts'
import { DeviceName } from '../../parts/device-name.tsx'
import { dateTime, text } from '../../text/text.ts'
import { unitHref } from './stations-addresses.ts'

const Fact = ({ name, children }: { readonly name: string; readonly children: ComponentChildren }) => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
)

const Maybe = ({ name, value }: { readonly name: string; readonly value: string | null }) =>
  value === null ? null : (
    <Fact name={name}>
      <bdi>{value}</bdi>
    </Fact>
  )

const Versions = ({ run: { versionBefore, versionAfter } }: { readonly run: Run }) => {
  const modules = [...new Set([...Object.keys(versionBefore), ...Object.keys(versionAfter)])].sort()
  if (modules.length === 0) return <span class="dim">{text('stations.versions.none')}</span>
  return (
    <ul class="plain-list">
      {modules.map((module) => (
        <li key={module}>
          {module === 'default' ? null : <span class="dim">{module} </span>}
          {versionBefore[module] === versionAfter[module]
            ? versionAfter[module]
            : text('stations.versions.change', { before: versionBefore[module] ?? '–', after: versionAfter[module] ?? '–' })}
        </li>
      ))}
    </ul>
  )
}

export const RunFacts = ({ run }: { readonly run: Run }) => (
  <section class="sheet" aria-labelledby="run-facts-head">
    <h2 id="run-facts-head">{text('stations.run.facts')}</h2>
    <dl class="facts">
      <Fact name={text('stations.unit')}>
        <a href={unitHref(run.product, run.serial)}>
          <bdi>
            {run.product}/{run.serial}
          </bdi>
        </a>
      </Fact>
      <Fact name={text('stations.board')}>
        {run.device === null ? <span class="dim">{text('stations.board.none')}</span> : <DeviceName device={run.device} />}
      </Fact>
      <Fact name={text('stations.versions')}>
        <Versions run={run} />
      </Fact>
      <Fact name={text('stations.station')}>
        <a href="/stations">{text('stations.run.at', { station: run.station, slot: run.slot })}</a>
      </Fact>
      <Fact name={text('stations.procedure')}>{text('stations.procedure.named', { id: run.procedure, rev: run.rev })}</Fact>
      <Fact name={text('stations.process')}>{run.process}</Fact>
      <Fact name={text('stations.operator')}>{run.operator ?? <span class="dim">–</span>}</Fact>
      <Fact name={text('stations.workOrder')}>{run.workOrder ?? <span class="dim">–</span>}</Fact>
      <Maybe name={text('stations.reason')} value={run.reason} />
      <Maybe name={text('stations.label')} value={run.label === run.serial ? null : run.label} />
      <Maybe name={text('stations.remote')} value={run.remote} />
      <Fact name={text('stations.scannedAt')}>{dateTime(Date.parse(run.scannedAt))}</Fact>
      <Maybe name={text('stations.connectedAt')} value={run.connectedAt === null ? null : dateTime(Date.parse(run.connectedAt))} />
      <Maybe name={text('stations.endedAt')} value={run.endedAt === null ? null : dateTime(Date.parse(run.endedAt))} />
    </dl>
    {run.wasConnected ? <p class="small dim">{text('stations.run.wasConnected')}</p> : null}
    {run.clockSuspect ? <p class="small dim">{text('stations.run.clockSuspect')}</p> : null}
  </section>
)
