// The phases of a campaign side by side: how many devices each has, how far it is, and what must be so before the next one opens.

import type { Campaign, Phase } from '../../api/records.d.ts'
import { CountsBar, countWords, progressOf } from '../../parts/campaign-state.tsx'
import { Mark, type MarkKind } from '../../parts/mark.tsx'
import { Until } from '../../parts/when.tsx'
import { duration, listed, text } from '../../text/text.ts'

interface PhaseFacts {
  readonly campaign: Campaign
  readonly phase: Phase
  /** From 0. */
  readonly index: number
}

const sizeText = ({ percent, count, tag }: Phase): string =>
  tag !== undefined
    ? tag
    : count !== undefined
      ? text('campaigns.sizeCount', { n: count })
      : text('campaigns.sizePercent', { percent: String(percent ?? '') })

type PhaseState = 'closed' | 'open' | 'failed' | 'passed' | 'done'

const kinds: Readonly<Record<PhaseState, MarkKind>> = { closed: 'none', open: 'busy', failed: 'bad', passed: 'good', done: 'good' }

/** The last phase has no gate: it is done when all its devices have finished. */
export const phaseStateOf = ({ campaign, phase, index }: PhaseFacts): PhaseState => {
  if (!phase.open) return 'closed'
  const { all, ended } = progressOf(phase.counts)
  if (all > 0 && all === ended && phase.waiting === 0) return 'done'
  if (campaign.phase !== null && index + 1 < campaign.phase) return 'passed'
  return campaign.gate?.step === 'failed' && index + 1 === campaign.phase ? 'failed' : 'open'
}

const Gate = ({ campaign, phase, index }: PhaseFacts) => {
  if (index === campaign.phases.length - 1) return <p class="dim small">{text('campaigns.noGate')}</p>
  const isCurrent = index + 1 === campaign.phase
  const ends = isCurrent && campaign.gate?.step === 'soak' ? campaign.gate.soakEndsAt : null
  return (
    <p class="small">
      <span class="dim">
        {text('campaigns.needs', { percent: phase.successPercent, n: phase.minFinished })}
        {phase.soakSeconds === 0 ? null : ` ${text('campaigns.soaks', { time: duration(phase.soakSeconds) })}`}
        {phase.then === 'wait' ? ` ${text('campaigns.waits')}` : null}
      </span>
      {ends === null ? null : (
        <strong>
          {' '}
          {text('campaigns.soakOver')} <Until at={ends} />
        </strong>
      )}
    </p>
  )
}

const PhaseBox = (facts: PhaseFacts) => {
  const { campaign, phase, index } = facts
  const { all, ended } = progressOf(phase.counts)
  const state = phaseStateOf(facts)
  const isCurrent = index + 1 === campaign.phase
  return (
    <li class={isCurrent ? 'phase current' : 'phase'} {...(isCurrent ? { 'aria-current': 'step' as const } : {})}>
      <div class="row">
        <strong>{text('campaigns.phaseNamed', { phase: index + 1 })}</strong>
        <span class="dim">{sizeText(phase)}</span>
        <Mark kind={kinds[state]}>{text(`campaigns.phaseIs.${state}`)}</Mark>
      </div>
      <CountsBar counts={phase.counts} />
      <p class="small">
        {text('campaigns.ofAll', { ended, n: all + phase.waiting })} <span class="dim">{listed(countWords(phase.counts))}</span>
      </p>
      <Gate {...facts} />
    </li>
  )
}

export const PhasePicture = ({ campaign }: { readonly campaign: Campaign }) =>
  campaign.phases.length === 0 ? null : (
    <section class="sheet">
      <h2>{text('campaigns.phases')}</h2>
      <ol class="plain-list phases">
        {campaign.phases.map((phase, index) => (
          <PhaseBox key={index} campaign={campaign} phase={phase} index={index} />
        ))}
      </ol>
    </section>
  )
