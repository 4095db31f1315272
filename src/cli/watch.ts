// Follows one campaign to its end: events wake it, but it decides by the server's records, so that a lost connection, a restarted server or a
// late event never leads to a wrong result.

import type { CampaignView, TaskView } from './api-records.ts'
import type { Call } from './command.ts'
import { type SignalName, statusOf } from './io.ts'
import { createJudge, type WatchOptions, type WatchVerdict } from './judge.ts'
import { problemOf } from './problem-text.ts'
import { isBeingMade, openCount } from './progress.ts'
import { follow, type StreamItem } from './sse.ts'
import { createStall } from './stall.ts'
import { createTracker } from './tracker.ts'
import { createWatchDisplay, isFailed, type WatchDisplay } from './watch-display.ts'

/** The server is asked this long after an event at the earliest, and at the latest, milliseconds. */
const soonest = 500
const latest = 1_000

const lasting = ['notified', 'in_progress', 'failed', 'timed_out', 'rejected', 'canceled'] as const

/** What is known of the campaign; changes are displayed. */
const createBoard = ({ client }: Call, id: string, display: WatchDisplay, { untilIdle = true }: WatchOptions) => {
  const tracker = createTracker()
  let campaign: CampaignView | undefined
  const hinted = new Set<string>()
  const hint = (text: string): void => {
    if (!hinted.has(text)) display.hint(text)
    hinted.add(text)
  }

  const refresh = async (): Promise<CampaignView> => {
    campaign = await client.get<CampaignView>(`/campaigns/${id}`)
    return campaign
  }
  return {
    campaign: () => campaign,
    lost: () => tracker.lost(),
    refresh,
    /** Reads everything that is displayed again. */
    async sync(): Promise<void> {
      const { counts } = await refresh()
      const tasks: TaskView[] = []
      for (const state of lasting) {
        if (counts[state] === 0) continue
        for await (const page of client.pages<TaskView>('/tasks', { campaign: id, state })) tasks.push(...page)
      }
      for (const task of tracker.replace(tasks)) display.lost(task)
    },
    take(event: string, text: string): void {
      const data: unknown = JSON.parse(text)
      if (event === 'task' || event === 'campaign') display.event(event, data)
      if (event === 'campaign') campaign = data as CampaignView
      if (event === 'task' && tracker.apply(data as TaskView)) display.lost(data as TaskView)
    },
    show(): void {
      if (campaign === undefined) return
      display.campaign(campaign, tracker.active())
      const { counts, target, status, waiting } = campaign
      const isAnybody = waiting > 0 || Object.values(counts).some((count) => count > 0)
      if (!target.continuous || status !== 'running' || isBeingMade(campaign)) return
      if (!isAnybody) hint('no device matches yet; waiting for the first one (Ctrl-C leaves the campaign running)')
      else if (!untilIdle && openCount(counts) + waiting === 0)
        hint('all known devices are done; waiting for devices that appear later (Ctrl-C leaves the campaign running)')
    },
  }
}

/** A failure that may be over at the next request: the server is unreachable, stopping or busy. */
const isTemporary = (thrown: unknown): boolean => problemOf(thrown).status >= 500

const createWatch = (call: Call, id: string, options: WatchOptions) => {
  const display = createWatchDisplay(call)
  const board = createBoard(call, id, display, options)
  const judge = createJudge(call, options)
  const stall = createStall(call)
  let connected = false
  let news = true
  let lookedAt = Number.NEGATIVE_INFINITY

  const lose = (why: string): void => {
    connected = false
    judge.lost()
    display.hint(`connection to the server lost (${why}); trying again`)
  }
  /** Asks the server and decides; an unreachable server decides nothing. `whole`: reads all tasks again. */
  const look = async (whole = false): Promise<WatchVerdict> => {
    if (!connected) return { kind: 'going' }
    lookedAt = call.io.now()
    news = false
    try {
      await (whole ? board.sync() : board.refresh())
      const campaign = board.campaign()
      const verdict: WatchVerdict = campaign === undefined ? { kind: 'going' } : await judge.look(campaign)
      if (verdict.kind !== 'going') await board.sync()
      board.show()
      const stalled = campaign === undefined || verdict.kind !== 'going' ? undefined : await stall(campaign)
      if (stalled !== undefined) display.hint(stalled)
      return verdict
    } catch (thrown) {
      if (board.campaign() === undefined || !isTemporary(thrown)) throw thrown
      return { kind: 'going' }
    }
  }
  return {
    look,
    /** Milliseconds until the server is to be asked. */
    due: (): number => Math.max(0, lookedAt + (news ? soonest : latest) - call.io.now()),
    /** Handles what the stream of events gave. */
    async take(item: StreamItem): Promise<void> {
      news = true
      if (item.kind === 'event') board.take(item.event, item.data)
      if (item.kind === 'lost') lose(item.why)
      if (item.kind === 'open') connected = true
      if (item.kind === 'reset' || (item.kind === 'open' && !item.resumed)) await look(true)
      board.show()
    },
    /** Displays the end; the exit status. */
    end(verdict: WatchVerdict): number {
      const campaign = board.campaign()
      if (campaign === undefined) return 1
      display.end(campaign, verdict, board.lost())
      return verdict.kind !== 'done' || isFailed(campaign) ? 4 : 0
    },
  }
}

const run = async (call: Call, id: string, options: WatchOptions, signal: AbortSignal): Promise<number> => {
  const watch = createWatch(call, id, options)
  const items = follow({ io: call.io, signal, connect: (lastId, stop) => call.client.events({ campaign: id }, lastId, stop) })
  const read = (): Promise<IteratorResult<StreamItem, void>> => {
    const next = items.next()
    // A failure during a request is handled in the next turn; until then it must not count as unhandled.
    next.catch(() => undefined)
    return next
  }
  let next = read()
  for (;;) {
    const cancel = new AbortController()
    const item = await Promise.race([next, call.io.sleep(watch.due(), cancel.signal)])
    cancel.abort()
    if (item?.done === true) return 1
    if (item?.value !== undefined) {
      next = read()
      await watch.take(item.value)
    }
    if (watch.due() > 0) continue
    const verdict = await watch.look()
    if (verdict.kind !== 'going') return watch.end(verdict)
  }
}

/** Runs `work` until it ends, or until Ctrl-C or SIGTERM: then it calls `farewell` and resolves with the signal's exit status. */
export const interruptible = async (
  { io }: Pick<Call, 'io'>,
  work: (signal: AbortSignal) => Promise<number>,
  farewell: () => void,
): Promise<number> => {
  const stop = new AbortController()
  const ends: (() => void)[] = []
  const interrupted = new Promise<number>((resolve) => {
    const stopOn = (name: SignalName): void => {
      farewell()
      resolve(statusOf(name))
    }
    ends.push(
      io.onSignal('SIGINT', () => stopOn('SIGINT')),
      io.onSignal('SIGTERM', () => stopOn('SIGTERM')),
    )
  })
  try {
    return await Promise.race([work(stop.signal), interrupted])
  } finally {
    stop.abort()
    for (const end of ends) end()
  }
}

const farewell = ({ io, output }: Call, id: string): void => {
  if (output.json) return
  const gap = io.stdout.isTTY === true ? '\n' : ''
  output.note(`${gap}campaign ${id} is still running on the server; to follow it again: fogbell campaign watch ${id}`)
}

/**
 * Watches a campaign by `watchRule`; the exit status. A signal leaves the campaign as it is; `interrupted` says so, and how to
 * follow it again.
 */
export const watchCampaign = (
  call: Call,
  id: string,
  { interrupted = farewell, ...options }: WatchOptions & { readonly interrupted?: (call: Call, id: string) => void } = {},
): Promise<number> =>
  interruptible(
    call,
    (signal) => run(call, id, options, signal),
    () => interrupted(call, id),
  )
