// When a watch has seen enough: all devices are done, or only such remain as cannot be reached. The rule stands in `watchRule`,
// which --help prints. Asks the server where the campaign's counts do not tell.

import type { CampaignView, DeviceView, TaskView } from './api-records.ts'
import { devicePath } from './client.ts'
import type { Call } from './command.ts'
import { endedCount, openCount } from './progress.ts'

/** For --help. */
export const watchRule = `
--watch ends
  with 0  when every device that it was for runs the version;
  with 4  when all are done and some failed, timed out, declined or were canceled, or when only devices
          remain that have not been reachable (offline, or not subscribed) for a few seconds: it names them;
          the campaign goes on and updates them when they come back (later phases that wait for them do not
          keep it from ending);
          also when a rule of the campaign has paused it and nothing is in progress any more.
A campaign for devices that appear later, with none so far, is watched until the first has come and is done;
one whose devices wait in line for another campaign, until that is done with them. What it waits for is said.
Ctrl-C leaves the campaign running on the server and ends with 130.`

export type WatchVerdict =
  | { readonly kind: 'going' }
  | { readonly kind: 'done' }
  /** A rule of its own has paused it: it waits for an operator. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'unreachable'; readonly tasks: readonly TaskView[] }

export interface Judge {
  /** Looks whether the campaign, as it stands now, is over for a watch. */
  look(campaign: CampaignView): Promise<WatchVerdict>
  /** The connection to the server was lost: devices lose theirs with it and need time to come back. */
  lost(): void
}

/** Devices may be away this long, as in a reboot, milliseconds; longer after the server itself was away. */
const patience = 5_000
const patienceAfterLoss = 60_000
/** A told device may drop its connection for its download this long, milliseconds. */
const toldPatience = 60_000
/** No open task must be seen for this long while the campaign runs: a retry may be just being made, milliseconds. */
const settling = 1_500

/** The next phase waits for devices of the open one to end, and not for time or an operator. */
const isHeldByOpenOnes = ({ gate }: CampaignView): boolean =>
  (gate?.step === 'sample' || gate?.step === 'success') && gate.finished < gate.size

const isAway = (task: TaskView): boolean => task.reason === 'offline' || task.reason === 'not_subscribed'

/** Judges one campaign over time. */
export const createJudge = ({ client, io }: Pick<Call, 'client' | 'io'>): Judge => {
  let lostAt = Number.NEGATIVE_INFINITY
  let since: { readonly kind: WatchVerdict['kind']; readonly at: number } = { kind: 'going', at: io.now() }
  const goneSince = new Map<string, number>()

  /** How long this kind of verdict has stood, milliseconds. */
  const standing = (kind: WatchVerdict['kind']): number => {
    if (since.kind !== kind) since = { kind, at: io.now() }
    return io.now() - since.at
  }

  const isGone = async (task: TaskView): Promise<boolean> => {
    const device = await client.get<DeviceView>(devicePath(task.device))
    if (device.online) goneSince.delete(task.device)
    else if (!goneSince.has(task.device)) goneSince.set(task.device, io.now())
    return io.now() - (goneSince.get(task.device) ?? io.now()) >= toldPatience
  }

  /**
   * All open tasks, or undefined as soon as one is found whose device can be reached. Those of later phases wait for these, where only
   * more ended ones open the next phase.
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

  const isOver = (campaign: CampaignView): boolean => {
    if (openCount(campaign.counts) > 0) return false
    if (campaign.status === 'completed' || campaign.status === 'canceled') return true
    if (campaign.waiting > 0) return false
    const some = endedCount(campaign.counts) + campaign.counts.skipped > 0
    return some && campaign.status === 'running' && standing('done') >= settling
  }

  /** Paused by its own rules, not by an operator, who may be about to go on. */
  const isHalted = ({ status, reason, counts }: CampaignView): boolean =>
    status === 'paused' && reason !== 'operator' && counts.in_progress === 0

  const remaining = async (campaign: CampaignView): Promise<WatchVerdict | undefined> => {
    const { counts } = campaign
    if (campaign.status !== 'running' || openCount(counts) === 0 || counts.in_progress > 0 || campaign.waiting > 0) return undefined
    const tasks = await unreachable(campaign)
    if (tasks === undefined || tasks.length === 0) return undefined
    const limit = io.now() - lostAt < patienceAfterLoss ? patienceAfterLoss : patience
    return standing('unreachable') >= limit ? { kind: 'unreachable', tasks } : { kind: 'going' }
  }

  return {
    async look(campaign) {
      if (isOver(campaign)) return { kind: 'done' }
      if (isHalted(campaign)) return { kind: standing('stopped') >= patience ? 'stopped' : 'going' }
      const verdict = await remaining(campaign)
      if (verdict !== undefined) return verdict
      if (openCount(campaign.counts) > 0) standing('going')
      return { kind: 'going' }
    },
    lost() {
      lostAt = io.now()
      standing('going')
    },
  }
}
