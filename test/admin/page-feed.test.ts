import { expect, test } from 'vitest'
import { createEventLog } from '../../src/admin/event-log.ts'
import type { ShownEvent } from '../../src/admin/event-ring.ts'
import { createPageFeed, type PageWishes } from '../../src/admin/page-feed.ts'
import type { Task } from '../../src/ota/model.ts'
import { inEnglish } from '../../src/sentences/sentence.ts'
import { queued } from '../support/ota-samples.ts'

const aboutOf = (event: ShownEvent): number | string | null => {
  if (event.type === 'campaign') return event.campaign
  if (event.type === 'task') return event.task.id
  if (event.type === 'run') return event.run.id
  return event.type === 'scan' || event.type === 'station' ? event.station : event.device
}

/** Texts are short words, as in `1003 task 4 50`; turns come when the test says so. */
const world = (capacity = 1000) => {
  const log = createEventLog({ capacity, now: () => 5, first: 1000 })
  const state = { turns: 0, isRunning: false, made: [] as string[] }
  let begin = (): void => undefined
  const later: (() => void)[] = []
  const feed = createPageFeed(
    log,
    () => {
      const known = new Map<string, string>()
      return ({ event }) => {
        const word =
          event.type === 'task'
            ? `task ${event.task.id} ${event.task.step}`
            : `${event.type} ${aboutOf(event)} ${event.type === 'message' ? event.text : ''}`.trim()
        if (!known.has(word)) state.made.push(word)
        known.set(word, word)
        return `event: ${word}\n\n`
      }
    },
    {
      now: () => 0,
      every(work) {
        begin = work
        state.isRunning = true
        return () => {
          state.isRunning = false
        }
      },
      soon: (work) => later.push(work),
    },
  )
  const step = (): void => later.shift()?.()
  const turn = (): void => {
    begin()
    while (later.length > 0) step()
  }
  const page = (wishes: Partial<PageWishes>, after?: number) => {
    const seen: string[] = []
    const reader = {
      language: inEnglish,
      isOpen: true,
      takes: () => reader.isOpen,
      send: (text: string) => void seen.push(...text.split('\n\n').slice(0, -1)),
    }
    const opened = feed.open(reader, { among: [], messages: [], ...wishes }, after)
    /** What has come since the last call, as `id words`. */
    const news = (): readonly string[] => seen.splice(0).map((frame) => frame.replace(/^id: (\d+)\nevent: /, '$1 ').replace('\ndata:', ''))
    return { ...opened, reader, news }
  }
  const progress = (id: number, step: number, fields: Partial<Task> = {}): void =>
    log.emit({ type: 'task', task: queued({ id, device: `pk/${id}`, state: 'in_progress', step, ...fields }) })
  const message = (device: string, text: string): void => log.emit({ type: 'message', device, direction: 'up', text })
  const campaign = (id: number): void => log.emit({ type: 'campaign', campaign: id })
  const connected = (device: string): void => log.emit({ type: 'device', device, what: 'connected' })
  return { log, feed, state, begin: () => begin(), step, turn, page, progress, message, campaign, connected }
}

test('a page has news of its devices alone, progress at most once a turn, in the order of the ids', () => {
  const { log, turn, page, progress, connected } = world()
  const one = page({ among: ['pk/1', 'pk/2'] })
  for (const step of [10, 11, 12]) for (const id of [1, 2, 3]) progress(id, step)
  connected('pk/1')
  connected('pk/3')
  log.emit({ type: 'device', what: 'refused', reason: 'bad_password', device: null, clientId: null, user: null, address: '192.0.2.1' })
  progress(1, 13, { state: 'succeeded' })
  expect(one.news()).toEqual([])
  turn()
  expect(one.news()).toEqual(['1007 task 1 12', '1008 task 2 12', '1010 device pk/1', '1013 task 1 13'])
  turn()
  expect(one.news()).toEqual([])
})

test('a page without devices has campaigns only', () => {
  const { turn, page, progress, connected, campaign, message } = world()
  const one = page({})
  progress(1, 10)
  connected('pk/1')
  message('pk/1', 'x')
  campaign(7)
  turn()
  expect(one.news()).toEqual(['1004 campaign 7'])
})

test('a campaign comes at once, then at most once in four turns, for each page', () => {
  const { turn, page, campaign, state } = world()
  const [one, two] = [page({}), page({})]
  const seen: string[] = []
  for (let at = 0; at < 9; at++) {
    campaign(7)
    if (at === 2) campaign(8)
    turn()
    seen.push(one.news().join())
    expect(two.news().join()).toBe(seen.at(-1))
  }
  expect(seen).toEqual(['1001 campaign 7', '', '1002 campaign 8', '', '1006 campaign 7', '', '', '', '1010 campaign 7'])
  expect(state.made).toEqual(['campaign 7', 'campaign 8', 'campaign 7', 'campaign 7'])
})

test('a page names no id that would leave out a campaign which waits', () => {
  const { log, turn, page, progress, campaign } = world()
  const one = page({ among: ['pk/1'] })
  campaign(7)
  turn()
  campaign(7)
  progress(1, 10)
  expect(one.seen()).toBe(1001)
  turn()
  expect([one.news(), one.seen()]).toEqual([['1001 campaign 7', '1001 task 1 10'], 1001])
  const resumed = page({ among: ['pk/1'] }, one.seen())
  for (let at = 0; at < 3; at++) turn()
  expect(one.news()).toEqual(['1002 campaign 7'])
  expect(resumed.news()).toEqual(['1002 campaign 7', '1003 task 1 10'])
  expect([one.seen(), log.latest]).toEqual([1003, 1003])
})

test('a page that comes back with other devices misses nothing of them, and no campaign', () => {
  const { turn, page, progress, connected, campaign } = world()
  const one = page({ among: ['pk/1'] })
  progress(1, 10)
  turn()
  const last = one.seen()
  one.close()
  for (const id of [1, 2, 3]) progress(id, 20)
  connected('pk/2')
  campaign(7)
  progress(2, 30)
  const back = page({ among: ['pk/2'] }, last)
  progress(2, 40)
  turn()
  expect(back.news()).toEqual(['1005 device pk/2', '1006 campaign 7', '1008 task 2 40'])
})

test('a page that comes back too late begins with what is new', () => {
  const { log, turn, page, connected } = world(3)
  for (const name of ['pk/1', 'pk/2', 'pk/3', 'pk/1']) connected(name)
  for (const after of [1000, 1005, -1]) {
    const late = page({ among: ['pk/1'] }, after)
    turn()
    expect([late.news(), late.seen()]).toEqual([[], log.latest])
    late.close()
  }
})

test('a text is made once for all pages, and each page is written in its own turn of the event loop', () => {
  const { begin, step, page, progress, state } = world()
  const pages = [1, 2, 3].map(() => page({ among: ['pk/1', 'pk/2'] }))
  page({ among: ['pk/9'] })
  progress(1, 10)
  progress(2, 10)
  begin()
  const written = (): number => pages.filter(({ news }) => news().length === 2).length
  expect(written()).toBe(1)
  // A turn that comes meanwhile waits for the next one.
  begin()
  step()
  expect(written()).toBe(1)
  step()
  expect(written()).toBe(1)
  expect(state.made).toEqual(['task 1 10', 'task 2 10'])
})

test('a page that is closed while others are written gets nothing', () => {
  const { begin, step, page, progress } = world()
  const pages = [page({ among: ['pk/1'] }), page({ among: ['pk/1'] })]
  progress(1, 10)
  begin()
  for (const one of pages) one.close()
  step()
  expect(pages.flatMap(({ news }) => news())).toEqual(['1001 task 1 10'])
})

test('raw messages come of the devices that the page names, while it is open', () => {
  const { log, turn, page, message } = world()
  const one = page({ messages: ['pk/1', 'pk/2', 'pk/2'] })
  expect(['pk/1', 'pk/2', 'pk/3'].map(log.watches)).toEqual([true, true, false])
  for (const device of ['pk/2', 'pk/3', 'pk/1', 'pk/2']) message(device, 'x')
  turn()
  expect(one.news()).toEqual(['1001 message pk/2 x', '1003 message pk/1 x', '1004 message pk/2 x'])
  one.close()
  one.close()
  expect(['pk/1', 'pk/2'].map(log.watches)).toEqual([false, false])
})

test('of the messages for a page that reads nothing the oldest are dropped, and it hears how many', () => {
  const { turn, page, message } = world()
  const one = page({ messages: ['pk/1'] })
  one.reader.isOpen = false
  for (let at = 1; at <= 300; at++) message('pk/1', `${at}`)
  turn()
  expect(one.news()).toEqual([])
  one.reader.isOpen = true
  turn()
  const [first, second, ...rest] = one.news()
  expect([first, second, rest.length]).toEqual([
    '1000 dropped {"messages":44,"at":"1970-01-01T00:00:00.000Z"}',
    '1045 message pk/1 45',
    255,
  ])
  message('pk/1', 'x'.repeat(300_000))
  turn()
  expect(one.news()).toEqual(['1300 dropped {"messages":1,"at":"1970-01-01T00:00:00.000Z"}'])
})

test('a page that reads nothing while too much changes must read everything again, and nothing more is kept for it', () => {
  const { log, turn, page, connected, campaign } = world()
  const one = page({ among: ['pk/1'] })
  one.reader.isOpen = false
  for (let at = 0; at < 1001; at++) connected('pk/1')
  expect(one.seen()).toBe(1000)
  turn()
  campaign(7)
  connected('pk/1')
  expect(one.seen()).toBe(1000)
  one.reader.isOpen = true
  turn()
  expect(one.news()).toEqual([`${log.latest} reset {}`, `${log.latest} campaign 7`, `${log.latest} device pk/1`])
  expect(one.seen()).toBe(log.latest)
})

test('nothing is done without a page', () => {
  const { state, page, campaign, turn } = world()
  expect(state.isRunning).toBe(false)
  const one = page({})
  expect(state.isRunning).toBe(true)
  campaign(1)
  one.close()
  expect(state.isRunning).toBe(false)
  const next = page({})
  turn()
  expect([next.news(), next.seen()]).toEqual([[], 1001])
})
