// When a watch ends: all devices are done, or the remaining ones cannot be reached. The rule is `watchRule`, which --help prints. Asks the
// server for what the campaign's counts do not say.

import { devicePath } from './api-client.ts'
import type { CampaignView, DeviceView, TaskView } from './api-records.ts'
import type { Call } from './command.ts'
import { endedCount, isBeingMade, openCount } from './progress.ts'

/** For --help. */
export const watchRule = `
--watch ends
  with 0  when every target has the version;
  with 4  when all are done and some failed, timed out, were rejected or canceled; or when the remaining devices
          have been unreachable (offline, or not subscribed) for a few seconds: it lists them, and the campaign
          continues and updates them when they reconnect (later phases that wait for them do not keep the watch
          running, but a device that has begun to download does until it is back, or has timed out); or when a rule of the campaign has paused it and nothing is in progress any more.
A campaign for devices that appear later is watched until the first device has appeared and finished; if its
devices are waiting for another campaign, until that campaign has finished with them. The watch says what it is
waiting for.
Ctrl-C leaves the campaign running on the server and ends with 130.`

/** The same for a watch that stays open. */
export const openWatchRule = `
It stays open while a campaign for devices that appear later (such as that of push) is running, and ends with it or
by Ctrl-C, which leaves the campaign running on the server and ends with 130.
With --until-idle, and for every other campaign:${watchRule.replace('--watch ends', 'it ends')}`

/** How a watch is judged. */
export interface WatchOptions {
  /** Also a continuous campaign that is running is watched only until its devices are done. */
  readonly untilIdle?: boolean
}

export type WatchVerdict =
  | { readonly kind: 'going' }
  | { readonly kind: 'done' }
  /** Paused by one of its own rules: it waits for an operator. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'unreachable'; readonly tasks: readonly TaskView[] }

export interface Judge {
  /** Decides whether a watch of the campaign in this state ends. */
  look(campaign: CampaignView): Promise<WatchVerdict>
  /** The connection to the server was lost: devices have lost theirs too and need time to reconnect. */
  lost(): void
}

/** Devices may be offline this long, as in a reboot, milliseconds; longer after the server itself was unreachable. */
const patience = 5_000
const patienceAfterLoss = 60_000
/** A notified device may be offline this long for its download, milliseconds. */
const notifiedPatience = 60_000
/** There must be no open task for this long while the campaign runs, since a retry may be about to begin, milliseconds. */
const settling = 1_500

/** The next phase waits for devices of the open one, and not for time or an operator. */
const isHeldByOpenOnes = ({ gate }: CampaignView): boolean =>
  (gate?.step === 'sample' || gate?.step === 'success') && gate.finished < gate.size

const isAway = (task: TaskView): boolean => task.reason === 'offline' || task.reason === 'not_subscribed'

/** Judges one campaign over time. */
export const createJudge = ({ client, io }: Pick<Call, 'client' | 'io'>, { untilIdle = true }: WatchOptions = {}): Judge => {
  let lostAt = Number.NEGATIVE_INFINITY
  let since: { readonly kind: WatchVerdict['kind']; readonly at: number } = { kind: 'going', at: io.now() }
  const goneSince = new Map<string, number>()

  /** How long the verdict has been of this kind, milliseconds. */
  const lasting = (kind: WatchVerdict['kind']): number => {
    if (since.kind !== kind) since = { kind, at: io.now() }
    return io.now() - since.at
  }

  const isGone = async (task: TaskView): Promise<boolean> => {
    const device = await client.get<DeviceView>(devicePath(task.device))
    if (device.online) goneSince.delete(task.device)
    else if (!goneSince.has(task.device)) goneSince.set(task.device, io.now())
    return io.now() - (goneSince.get(task.device) ?? io.now()) >= notifiedPatience
  }

  /**
   * All open tasks, or undefined as soon as one is found whose device can be reached. Tasks of later phases are left out while only the
   * end of these can open the next phase.
   */
  const unreachable = async (campaign: CampaignView): Promise<readonly TaskView[] | undefined> => {
    const found: TaskView[] = []
    for (const state of ['queued', 'notified'] as const) {
      if (campaign.counts[state] === 0) continue
      for await (const page of client.pages<TaskView>('/tasks', { campaign: campaign.id, state })) {
        for (const task of page) {
          if (task.reason === 'phase' && isHeldByOpenOnes(campaign)) continue
          if (!(state === 'queued' ? isAway(task) : await isGone(task))) return undefined
          found.push(task)
        }
      }
    }
    return found
  }

  /** More devices may come at any time. */
  const staysOpen = ({ target, status }: CampaignView): boolean => !untilIdle && target.continuous && status === 'running'

  const isOver = (campaign: CampaignView): boolean => {
    if (openCount(campaign.counts) > 0 || isBeingMade(campaign)) return false
    if (campaign.status === 'completed' || campaign.status === 'canceled') return true
    if (campaign.waiting > 0 || staysOpen(campaign)) return false
    const some = endedCount(campaign.counts) + campaign.counts.skipped > 0
    return some && campaign.status === 'running' && lasting('done') >= settling
  }

  /** Paused by its own rules, not by an operator, who may be about to resume it. */
  const isHalted = ({ status, reason, counts }: CampaignView): boolean =>
    status === 'paused' && reason !== 'operator' && counts.in_progress === 0

  const remaining = async (campaign: CampaignView): Promise<WatchVerdict | undefined> => {
    const { counts } = campaign
    if (campaign.status !== 'running' || openCount(counts) === 0 || counts.in_progress > 0 || campaign.waiting > 0) return undefined
    const tasks = await unreachable(campaign)
    if (tasks === undefined || tasks.length === 0) return undefined
    const limit = io.now() - lostAt < patienceAfterLoss ? patienceAfterLoss : patience
    return lasting('unreachable') >= limit ? { kind: 'unreachable', tasks } : { kind: 'going' }
  }

  return {
    async look(campaign) {
      if (isOver(campaign)) return { kind: 'done' }
      if (isHalted(campaign)) return { kind: lasting('stopped') >= patience ? 'stopped' : 'going' }
      const verdict = staysOpen(campaign) ? undefined : await remaining(campaign)
      if (verdict !== undefined) return verdict
      if (openCount(campaign.counts) > 0) lasting('going')
      return { kind: 'going' }
    },
    lost() {
      lostAt = io.now()
      lasting('going')
    },
  }
}
