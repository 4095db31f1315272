// What happens next with a campaign, and when: its gate, its schedule, its rules, each as a sentence.

import type { ComponentChildren } from 'preact'
import { now } from '../../api/live.ts'
import type { Campaign } from '../../api/records.d.ts'
import { campaignHref } from '../../router.ts'
import { ago, dateTime, text } from '../../text/text.ts'
import { remainingOf } from './burn-down.ts'

interface Facts {
  readonly campaign: Campaign
}

/** A moment with the sentence around it. */
const At = ({ said, at }: { readonly said: string; readonly at: string }) => {
  const moment = Date.parse(at)
  return <>{text('campaigns.at', { said, time: dateTime(moment), away: ago(moment, now.value) })}</>
}

/** A phase opens while the campaign runs; one that has failed says so in any case. */
const gateSaid = ({ gate, phase, phases, status }: Campaign): ComponentChildren => {
  if (gate === null || phase === null || (status !== 'running' && gate.step !== 'failed')) return null
  const { finished, succeededPercent, neededPercent, minFinished, soakEndsAt, size } = gate
  const facts = { next: phase + 1, phase, finished, percent: succeededPercent, needed: neededPercent, least: minFinished, size }
  const waits = phases[phase - 1]?.then === 'wait'
  switch (gate.step) {
    case 'sample':
    case 'success':
      return text(`campaigns.gate.${gate.step}${waits ? 'Wait' : ''}`, facts)
    case 'empty':
    case 'open':
    case 'failed':
    case 'operator':
      return text(`campaigns.gate.${gate.step}`, facts)
    case 'soak':
      return soakEndsAt === null ? (
        text('campaigns.gate.open', facts)
      ) : (
        <At said={text(waits ? 'campaigns.gate.soakWait' : 'campaigns.gate.soak', facts)} at={soakEndsAt} />
      )
    case 'last':
      return null
  }
}

const lastSaid = (campaign: Campaign): string | null => {
  const { gate, target, status } = campaign
  if (gate !== null && gate.step !== 'last') return null
  if (status !== 'running' && status !== 'paused') return null
  return target.continuous ? text('campaigns.endlessNext') : text('campaigns.lastNext', { n: remainingOf(campaign) })
}

const scheduleSaid = ({ schedule, status }: Campaign): ComponentChildren => {
  const { open, until, startAt } = schedule
  if (status === 'scheduled' && startAt !== null) return <At said={text('campaigns.startsNext')} at={startAt} />
  if (status !== 'running' && status !== 'paused') return null
  if (open) return until === null ? null : <At said={text('campaigns.closesNext')} at={until} />
  return until === null ? text('campaigns.neverOpens') : <At said={text('campaigns.opensNext')} at={until} />
}

const statusSaid = ({ status, counts }: Campaign): string | null => {
  if (status === 'draft') return text('campaigns.draftNext')
  if (status === 'paused')
    return counts.in_progress === 0 ? text('campaigns.pausedAlone') : text('campaigns.pausedNext', { n: counts.in_progress })
  if (status === 'completed') return text('campaigns.completedNext')
  if (status === 'canceled')
    return counts.in_progress > 0 ? text('campaigns.canceledNext', { n: counts.in_progress }) : text('campaigns.completedNext')
  return null
}

const Waiting = ({ campaign: { waiting, waitingFor } }: Facts) =>
  waiting === 0 ? null : (
    <li>
      {text('campaigns.waitingNext', { n: waiting })}{' '}
      {waitingFor.map((id) => (
        <span key={id}>
          <a href={campaignHref(id)}>{text('campaign.short', { id })}</a>{' '}
        </span>
      ))}
    </li>
  )

const Rules = ({ campaign: { abort, status } }: Facts) => {
  if (status !== 'running' && status !== 'scheduled') return null
  return (
    <>
      {abort.map(({ on, percent, minFinished, action, finished, bad, since }) => (
        <li key={`${on} ${percent} ${action}`} class="dim">
          {text(action === 'pause' ? 'campaigns.pausesAt' : 'campaigns.cancelsAt', {
            percent,
            least: minFinished,
            what: text(`campaigns.on.${on}`),
            bad,
            finished,
          })}
          {since === null ? null : ` ${text('campaigns.countedSince', { time: dateTime(Date.parse(since)) })}`}
        </li>
      ))}
    </>
  )
}

const Against = ({ campaign: { gate } }: Facts) =>
  gate === null || gate.against.length === 0 ? null : <li>{text('campaigns.against', { n: gate.against.length })}</li>

export const NextSteps = ({ campaign }: Facts) => {
  const { schedule, status } = campaign
  const lines = [statusSaid(campaign), gateSaid(campaign), lastSaid(campaign), scheduleSaid(campaign)]
  const isOpen = status === 'running' || status === 'paused' || status === 'scheduled'
  return (
    <section class="sheet">
      <h2>{text('campaigns.next')}</h2>
      <ul class="plain-list stack next-steps">
        {lines
          .filter((line) => line !== null)
          .map((line, at) => (
            <li key={at}>{line}</li>
          ))}
        <Waiting campaign={campaign} />
        <Against campaign={campaign} />
        <Rules campaign={campaign} />
        {isOpen && schedule.endAt !== null ? (
          <li class="dim">
            <At said={text('campaigns.endsNext')} at={schedule.endAt} />
          </li>
        ) : null}
      </ul>
    </section>
  )
}
