// What the campaign that is being typed would do: how many devices, in which phases, about how long, who is left out and why.

import type { Firmware, Plan } from '../../api/records.d.ts'
import { may } from '../../api/session.ts'
import { Mark } from '../../parts/mark.tsx'
import { deviceHref } from '../../router.ts'
import { duration, number, paragraph, text } from '../../text/text.ts'
import { nameOf } from './field-names.ts'
import { LeftOut } from './left-out.tsx'
import { type SortedFaults, sortedFaults } from './own-faults.ts'
import type { DryRun } from './use-dry-run.ts'

type PlanPhase = Plan['phases'][number]

const Devices = ({ phase: { size, devices } }: { readonly phase: PlanPhase }) => (
  <details>
    <summary>{text('versions.devices', { n: size })}</summary>
    <p class="indent">
      {devices.map((device) => (
        <span key={device}>
          <a href={deviceHref(device)}>{device}</a>{' '}
        </span>
      ))}
      {size > devices.length ? <span class="dim">{text('campaigns.andMore', { n: size - devices.length })}</span> : null}
    </p>
  </details>
)

const Phases = ({ phases, targets }: { readonly phases: readonly PlanPhase[]; readonly targets: number }) => (
  <ol class="plain-list plan-phases">
    {phases.map((phase) => (
      <li key={phase.phase}>
        {phases.length < 2 ? null : <span>{text('campaigns.phaseNamed', { phase: phase.phase })}</span>}
        <span class="plan-bar" aria-hidden="true">
          <span style={{ width: `${targets === 0 ? 0 : (phase.size / targets) * 100}%` }} />
        </span>
        <Devices phase={phase} />
      </li>
    ))}
  </ol>
)

const Facts = ({ plan: { skipped, waiting, unreported } }: { readonly plan: Plan }) => (
  <dl class="facts">
    <dt>{text('campaigns.planSkipped')}</dt>
    <dd>{number(skipped)}</dd>
    {waiting === 0 ? null : (
      <>
        <dt>{text('campaigns.planWaiting')}</dt>
        <dd>{number(waiting)}</dd>
      </>
    )}
    {unreported === 0 ? null : (
      <>
        <dt>{text('campaigns.planUnreported')}</dt>
        <dd>{number(unreported)}</dd>
      </>
    )}
  </dl>
)

const Planned = ({ plan, chosen }: { readonly plan: Plan; readonly chosen: Firmware }) => (
  <div class="stack">
    <p class="lead">
      {paragraph([
        text('campaigns.planTargets', { n: plan.targets, product: chosen.product, version: chosen.version }),
        plan.seconds === null ? '' : text('campaigns.planTakes', { time: duration(plan.seconds) }),
      ])}
    </p>
    <ul class="plain-list">
      {plan.warningDetails.map(({ path, text: said }) => (
        <li key={said}>
          <Mark kind="warn">{path === null ? said : text('unit.named', { name: nameOf(path), value: said })}</Mark>
        </li>
      ))}
    </ul>
    <Phases phases={plan.phases} targets={plan.targets} />
    <Facts plan={plan} />
    <h3>{text('campaigns.leftOut')}</h3>
    <LeftOut plan={plan} />
    <p class="dim small">{text('campaigns.planAssumes', { time: duration(plan.perDeviceSeconds) })}</p>
  </div>
)

export interface PanelFacts {
  readonly run: DryRun
  readonly chosen: Firmware | null
  /** The paths of the fields of the form. */
  readonly shown: readonly string[]
}

const Faults = ({ beside, rest }: SortedFaults) => (
  <div class="stack">
    {[...(beside === 0 ? [] : [text('campaigns.planFaults', { n: beside })]), ...rest].map((said) => (
      <Mark key={said} kind="bad">
        {said}
      </Mark>
    ))}
  </div>
)

const Inside = ({ run: { plan, problem, own }, chosen, shown }: PanelFacts) => {
  if (!may('operator')) return <p class="dim">{text('action.needsRole', { role: text('role.operator') })}</p>
  if (chosen === null) return <p class="dim">{text('campaigns.planNeedsPackage')}</p>
  if (problem !== null || Object.keys(own).length > 0) return <Faults {...sortedFaults(problem, own, shown, nameOf)} />
  return plan === null ? null : <Planned plan={plan} chosen={chosen} />
}

export const DryRunPanel = ({ run, chosen, shown }: PanelFacts) => (
  <section
    class={run.isPending && chosen !== null ? 'sheet dry-run pending' : 'sheet dry-run'}
    aria-busy={run.isPending && chosen !== null}
  >
    <h2>{text('campaigns.dryRun')}</h2>
    <Inside run={run} chosen={chosen} shown={shown} />
  </section>
)
