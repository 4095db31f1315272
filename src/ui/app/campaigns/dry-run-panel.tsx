// What the campaign that is being typed would do: how many devices, in which phases, about how long, who is left out and why.

import type { Firmware, Plan } from '../../api/records.d.ts'
import { may } from '../../api/session.ts'
import { Mark } from '../../parts/mark.tsx'
import { deviceHref } from '../../router.ts'
import { duration, listed, number, paragraph, text } from '../../text/text.ts'
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

/** How long, and for whom it waits meanwhile. */
const takes = (seconds: number | null, waits: readonly number[]): string => {
  if (seconds === null) return ''
  const time = duration(seconds)
  return waits.length === 0
    ? text('campaigns.planTakes', { time })
    : text('campaigns.planTakesAndWaits', { time, phases: listed(waits.map(String)) })
}

interface PlannedFacts {
  readonly plan: Plan
  readonly chosen: Firmware
  readonly waits: readonly number[]
}

const Planned = ({ plan, chosen, waits }: PlannedFacts) => (
  <div class="stack">
    <p class="lead">
      {paragraph([
        text('campaigns.planTargets', { n: plan.targets, product: chosen.product, version: chosen.version }),
        takes(plan.seconds, waits),
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
  /** The phases that somebody must open. */
  readonly waits: readonly number[]
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

const Inside = ({ run: { plan, problem, own }, chosen, shown, waits }: PanelFacts) => {
  if (!may('operator')) return <p class="dim">{text('action.needsRole', { role: text('role.operator') })}</p>
  if (chosen === null) return <p class="dim">{text('campaigns.planNeedsPackage')}</p>
  if (problem !== null || Object.keys(own).length > 0) return <Faults {...sortedFaults(problem, own, shown, nameOf)} />
  return plan === null ? null : <Planned plan={plan} chosen={chosen} waits={waits} />
}

/** What is shown no longer fits what is typed: at once that is seen, and said when the answer does not come soon. */
export const DryRunPanel = (facts: PanelFacts) => {
  const isOld = facts.run.isPending && facts.chosen !== null
  return (
    <section class={isOld ? 'sheet dry-run pending' : 'sheet dry-run'} aria-busy={isOld}>
      <h2>
        {text('campaigns.dryRun')}
        {isOld && facts.run.plan !== null ? <span class="dim small old"> {text('campaigns.planOld')}</span> : null}
      </h2>
      <Inside {...facts} />
    </section>
  )
}
