// One unit: its board, its state by process, all its runs, and what was done with it between them.

import { useFetched } from '../../api/fetched.ts'
import type { BirthCertificate, Unit } from '../../api/records.d.ts'
import { DeviceName } from '../../parts/device-name.tsx'
import { Mark } from '../../parts/mark.tsx'
import { Refused } from '../../parts/refused.tsx'
import { When } from '../../parts/when.tsx'
import { listed, paragraph, text } from '../../text/text.ts'
import { RunRows } from './run-rows.tsx'
import './run.css'
import { runHref, unitPath } from './stations-addresses.ts'
import { UnitActions } from './unit-actions.tsx'

type UnitProcess = Unit['processes'][string]

const kinds = { passed: 'good', failed: 'bad', error: 'warn', aborted: 'none' } as const

/** `SN-1 has passed FCT. It has not passed AGE.` */
const sentenceOf = ({ serial, processes }: Unit): string => {
  const all = Object.entries(processes)
  const names = (isPassed: boolean) => all.filter(([, { outcome }]) => (outcome === 'passed') === isPassed).map(([name]) => name)
  const [passed, others] = [names(true), names(false)]
  if (all.length === 0) return text('stations.unit.untested', { serial })
  return paragraph([
    passed.length === 0 ? '' : text('stations.unit.passed', { serial, processes: listed(passed) }),
    others.length === 0 ? '' : text('stations.unit.notPassed', { serial, processes: listed(others) }),
  ])
}

const ProcessRow = ({ name, process }: { readonly name: string; readonly process: UnitProcess }) => (
  <tr>
    <th scope="row">{name}</th>
    <td>
      {process.outcome === null ? (
        <Mark kind="none">{text('stations.unit.open')}</Mark>
      ) : (
        <Mark kind={kinds[process.outcome]}>{text(`stations.outcome.${process.outcome}`)}</Mark>
      )}
    </td>
    <td data-name={text('stations.unit.first')}>{text(process.firstPassed ? 'stations.yes' : 'stations.no')}</td>
    <td data-name={text('stations.unit.attempts')} class="number">
      {process.attempts}
    </td>
    <td data-name={text('stations.unit.failures')} class="number">
      {process.failures}
    </td>
    <td data-name={text('stations.unit.passedAt')}>
      <When at={process.passedAt} />
    </td>
    <td data-name={text('stations.unit.newest')}>
      <a href={runHref(process.run)}>{text('stations.run.named', { id: process.run })}</a>
    </td>
  </tr>
)

const columns = ['first', 'attempts', 'failures', 'passedAt', 'newest'] as const

const Processes = ({ processes }: Pick<Unit, 'processes'>) => (
  <section class="sheet stack" aria-labelledby="processes-head">
    <h2 id="processes-head">{text('stations.unit.processes')}</h2>
    <table class="stacks">
      <thead>
        <tr>
          <th scope="col">{text('stations.process')}</th>
          <th scope="col">{text('stations.outcome')}</th>
          {columns.map((column) => (
            <th key={column} scope="col" class={column === 'attempts' || column === 'failures' ? 'number' : ''}>
              {text(`stations.unit.${column}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {Object.entries(processes).map(([name, process]) => (
          <ProcessRow key={name} name={name} process={process} />
        ))}
      </tbody>
    </table>
  </section>
)

const Acts = ({ unit: { released, replaced } }: { readonly unit: Unit }) => (
  <section class="sheet stack" aria-labelledby="acts-head">
    <h2 id="acts-head">{text('stations.unit.acts')}</h2>
    {released.length + replaced.length === 0 ? <p class="dim">{text('stations.unit.noAct')}</p> : null}
    <ul class="plain-list stack">
      {released.map(({ at, by, process, reason }) => (
        <li key={`released ${at}`}>
          {text('stations.unit.wasReleased', { by, process: process ?? text('stations.unit.allProcesses') })}
          {text('stations.unit.why', { reason })}{' '}
          <span class="dim">
            <When at={at} />
          </span>
        </li>
      ))}
      {replaced.map(({ device, at, by, reason }) => (
        <li key={`replaced ${at}`}>
          {text('stations.unit.wasRebound', { by })} <DeviceName device={device} />
          {text('stations.unit.why', { reason })}{' '}
          <span class="dim">
            <When at={at} />
          </span>
        </li>
      ))}
    </ul>
  </section>
)

const Images = ({ images }: { readonly images: BirthCertificate['firmware'] }) => (
  <section class="sheet stack" aria-labelledby="images-head">
    <h2 id="images-head">{text('stations.unit.images')}</h2>
    {images.length === 0 ? <p class="dim">{text('stations.unit.image.none')}</p> : null}
    <ul class="plain-list stack">
      {images.map(({ run, module, version, sha256, state }) => (
        <li key={`${run} ${module}`}>
          <a href={runHref(run)}>{text('stations.run.named', { id: run })}</a> {module} {version}{' '}
          <span class="dim">{text(`stations.unit.image.${state}`)}</span>
          <br />
          <code class="digest">{sha256}</code>
        </li>
      ))}
    </ul>
  </section>
)

const Known = ({ certificate, onChanged }: { readonly certificate: BirthCertificate; readonly onChanged: () => void }) => {
  const { unit, runs } = certificate
  return (
    <>
      <section class="sheet stack" aria-label={text('stations.unit.state')}>
        <p class="said">{sentenceOf(unit)}</p>
        <p>
          <span class="dim">{text('stations.board')}</span>{' '}
          {unit.device === null ? text('stations.board.none') : <DeviceName device={unit.device} />}{' '}
          {unit.boundAt === null ? null : (
            <span class="dim">
              {text('stations.unit.bound')} <When at={unit.boundAt} />
            </span>
          )}
        </p>
        <UnitActions unit={unit} onChanged={onChanged} />
      </section>
      <Processes processes={unit.processes} />
      <section class="sheet stack" aria-labelledby="unit-runs-head">
        <h2 id="unit-runs-head">{text('stations.unit.runs')}</h2>
        <RunRows runs={[...runs].reverse()} isOfUnit />
      </section>
      <div class="halves-of-unit">
        <Acts unit={unit} />
        <Images images={certificate.firmware} />
      </div>
    </>
  )
}

export const UnitView = ({ params: [product = '', serial = ''] }: { readonly params: readonly string[] }) => {
  const { data, problem, reload } = useFetched<BirthCertificate>(
    unitPath(product, serial),
    ({ name, data: { serial: of } }) => name === 'run' && of === serial,
  )
  return (
    <div class="view unit-view">
      <header>
        <h1 tabIndex={-1} data-title={`${product}/${serial} · ${text('stations.unit')}`}>
          <bdi class="dim">{product}</bdi>/<bdi>{serial}</bdi>
        </h1>
      </header>
      {problem === null ? null : <Refused problem={problem} onRetry={reload} />}
      {data === null ? null : <Known certificate={data} onChanged={reload} />}
    </div>
  )
}
