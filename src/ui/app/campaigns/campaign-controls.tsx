// What can be done with a campaign as it is now, and the same as commands for a terminal.

import type { Method } from '../../api/client.ts'
import type { Campaign } from '../../api/records.d.ts'
import { may } from '../../api/session.ts'
import {
  CancelAction,
  ForceAction,
  failedOf,
  isRemovable,
  NextAction,
  PauseOrResume,
  RemoveAction,
  RetryAction,
  StartAction,
} from '../../parts/campaign-actions.tsx'
import { CopyButton } from '../../parts/copy.tsx'
import { curlText } from '../../parts/curl-text.ts'
import { Menu } from '../../parts/menu.tsx'
import { go } from '../../router.ts'
import { type TextKey, text } from '../../text/text.ts'
import { lacksOf } from './open-early.ts'

interface Facts {
  readonly campaign: Campaign
}

const isActive = ({ status }: Campaign): boolean => status === 'running' || status === 'paused' || status === 'scheduled'

/** Whether something is still in progress of a campaign that was canceled. */
const isForcible = ({ status, counts }: Campaign): boolean => status === 'canceled' && counts.in_progress > 0

/** The phase that `next` would open; null: there is none. */
export const nextPhaseOf = ({ status, phase, phases }: Campaign): number | null =>
  phase !== null && phase < phases.length && (status === 'running' || status === 'paused') ? phase + 1 : null

interface Command {
  readonly name: string
  readonly method: Method
  readonly path: string
  readonly body?: unknown
}

const post = (path: string, key: TextKey, verb: string, body?: unknown): Command => ({
  name: text(key),
  method: 'POST',
  path: `${path}/${verb}`,
  ...(body === undefined ? {} : { body }),
})

const commandsOf = (campaign: Campaign): readonly Command[] => {
  const path = `/campaigns/${campaign.id}`
  const next = nextPhaseOf(campaign)
  const { status } = campaign
  return [
    ...(status === 'draft' ? [post(path, 'campaign.start', 'start')] : []),
    ...(status === 'running' ? [post(path, 'campaign.pause', 'pause')] : []),
    ...(status === 'paused' ? [post(path, 'campaign.resume', 'resume')] : []),
    ...(next === null
      ? []
      : [{ ...post(path, 'campaign.start', 'next', { phase: next }), name: text('campaign.openPhase', { phase: next }) }]),
    ...(mayRetry(campaign)
      ? [{ ...post(path, 'campaign.start', 'retry'), name: text('campaign.retryFailed', { n: failedOf(campaign) }) }]
      : []),
    ...(isActive(campaign) ? [post(path, 'campaign.cancelAct', 'cancel')] : []),
    ...(isForcible(campaign)
      ? [
          {
            ...post(path, 'campaign.cancelAct', 'cancel', { force: true }),
            name: text('campaign.forceEnd', { n: campaign.counts.in_progress }),
          },
        ]
      : []),
    ...(isRemovable(campaign) ? [{ name: text('campaign.removeAct'), method: 'DELETE' as const, path }] : []),
  ]
}

const mayRetry = (campaign: Campaign): boolean =>
  failedOf(campaign) > 0 && (campaign.status === 'running' || campaign.status === 'paused' || campaign.status === 'completed')

const Commands = ({ campaign }: Facts) => {
  const commands = commandsOf(campaign)
  return commands.length === 0 || !may('operator') ? null : (
    <Menu title={text('action.curl')} isButton>
      {commands.map(({ name, ...command }) => (
        <CopyButton key={command.path + command.method} value={curlText(command, location.origin)} label={name} />
      ))}
    </Menu>
  )
}

const Draft = ({ campaign }: Facts) => (
  <>
    <StartAction campaign={campaign} />
    <a class="button" href={`/campaigns/new?edit=${campaign.id}`}>
      {text('campaign.edit')}
    </a>
  </>
)

/** Its place is held until the campaign ends: what comes after it never slides under a second click. */
const OpenNext = ({ campaign }: Facts) => {
  const { status, phases } = campaign
  const next = nextPhaseOf(campaign)
  if (next !== null) return <NextAction campaign={campaign} phase={next} lacks={lacksOf(campaign)} />
  return phases.length > 1 && (status === 'running' || status === 'paused') ? (
    <button type="button" disabled title={text('campaigns.allOpen')}>
      {text('campaign.openPhase', { phase: phases.length })}
    </button>
  ) : null
}

const OfFailed = ({ campaign }: Facts) =>
  campaign.status === 'canceled' && failedOf(campaign) > 0 ? (
    <a class="button" href={`/campaigns/new?retry=${campaign.id}`}>
      {text('campaigns.newOfFailed', { n: failedOf(campaign) })}
    </a>
  ) : null

/** What stays comes first, so that each button keeps its place while others come and go. */
export const CampaignControls = ({ campaign }: Facts) => (
  <div class="row">
    {campaign.status === 'draft' ? <Draft campaign={campaign} /> : null}
    <PauseOrResume campaign={campaign} />
    <OpenNext campaign={campaign} />
    {isActive(campaign) ? <CancelAction campaign={campaign} /> : null}
    {isForcible(campaign) ? <ForceAction campaign={campaign} /> : null}
    {isRemovable(campaign) ? <RemoveAction campaign={campaign} onRemoved={() => go('/campaigns')} /> : null}
    {mayRetry(campaign) ? <RetryAction campaign={campaign} /> : null}
    <OfFailed campaign={campaign} />
    <Commands campaign={campaign} />
  </div>
)
