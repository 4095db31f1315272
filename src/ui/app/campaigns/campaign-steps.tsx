// Who or what has started, paused, resumed, retried or canceled a campaign, the newest first, each with its exact time.

import type { Campaign } from '../../api/records.d.ts'
import { dateTime, type TextKey, text } from '../../text/text.ts'

type NotedStep = Campaign['steps'][number]

const reasons: Readonly<Record<string, TextKey>> = {
  aborted: 'campaigns.byRule.aborted',
  expired: 'campaigns.byRule.expired',
  operator: 'campaigns.byRule.operator',
  phase: 'campaigns.byRule.phase',
  phase_failed: 'campaigns.byRule.phase_failed',
}

/** A person or token by name, a rule in words. */
export const whoOf = ({ kind, by }: NotedStep): string => {
  if (kind !== 'server') return text(`campaigns.who.${kind}`, { name: by })
  return text(reasons[by] ?? 'campaigns.byRule.image')
}

export const CampaignSteps = ({ campaign: { steps } }: { readonly campaign: Campaign }) =>
  steps.length === 0 ? null : (
    <section class="sheet campaign-steps">
      <h2>{text('campaigns.steps')}</h2>
      <ol class="plain-list">
        {steps.map((one) => (
          <li key={`${one.at} ${one.step}`}>
            <time class="dim" dateTime={one.at}>
              {dateTime(Date.parse(one.at))}
            </time>{' '}
            {text(`campaigns.step.${one.step}`, { who: whoOf(one) })}
          </li>
        ))}
      </ol>
    </section>
  )
