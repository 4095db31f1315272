// A line that is worked at while its server is killed: what got no answer is sent again once the server is back on its ports, and whatever shows a run
// as passed is noted.

import { join } from 'node:path'
import type { Json } from './json.ts'
import { createServerFixture, makePlace, type ServerFixture } from './server-fixture.ts'

/** A run that was shown as passed: by an answer, the view of its station, or its events. */
export interface Green {
  readonly id: string
  readonly serial: string
  readonly attempt: number
  readonly endedAt: string
}

export interface Reply {
  readonly status: number
  readonly body: Json
}

export interface ShiftLine {
  readonly greens: ReadonlyMap<string, Green>
  readonly kills: () => number
  /** Resolves when the server is there. */
  up(): Promise<ServerFixture>
  /** Sent until it is answered. */
  ask(method: string, path: string, body?: object, key?: string): Promise<Reply>
  /** kill -9, and another start on the same ports and data. `first` runs before anybody else reaches it. */
  kill(first: (server: ServerFixture) => Promise<void>): Promise<void>
  /** Follows the station's events and its view, until the end. */
  watch(station: string): void
  end(): Promise<void>
}

/** A run that an answer or an event shows. */
const noteGreen = (greens: Map<string, Green>, run: unknown): void => {
  const { id, serial, attempt, outcome, endedAt } = (run ?? {}) as Record<string, unknown>
  if (outcome !== 'passed' || typeof id !== 'string') return
  greens.set(`${id} ${String(serial)} ${String(endedAt)}`, {
    id,
    serial: String(serial),
    attempt: Number(attempt),
    endedAt: String(endedAt),
  })
}

const portOf = (url: string | undefined): string => new URL(url ?? '').port

const portsOf = ({ description: { mqtt, firmware, admin } }: ServerFixture): readonly string[] => [
  '--mqtt-port',
  portOf(mqtt[0]),
  '--firmware-port',
  portOf(firmware),
  '--admin-port',
  portOf(admin),
]

/** The data of all events in a piece of a stream that ends with a whole event. */
const eventsIn = (text: string): readonly unknown[] =>
  text.split('\n').flatMap((line): unknown[] => (line.startsWith('data: ') ? [JSON.parse(line.slice('data: '.length))] : []))

export const openShiftLine = async (settings: object): Promise<ShiftLine> => {
  const place = await makePlace()
  const data = join(place.path, 'data')
  const greens = new Map<string, Green>()
  let server = await createServerFixture(data, settings)
  const ports = portsOf(server)
  let isUp = Promise.resolve(server)
  let kills = 0
  let isOver = false
  const watching: Promise<void>[] = []
  const request = async (at: ServerFixture, method: string, path: string, body?: object, key?: string): Promise<Response> =>
    fetch(`${at.description.admin}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${at.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  const ask: ShiftLine['ask'] = async (method, path, body, key) => {
    for (;;) {
      const at = await isUp
      const before = kills
      try {
        const response = await request(at, method, path, body, key)
        const reply = { status: response.status, body: (await response.json()) as Json }
        noteGreen(greens, reply.body)
        return reply
      } catch (error) {
        // It was killed, or is about to be shown as such.
        if (isOver || (before === kills && at.child.exitCode === null && at.child.signalCode === null && !at.child.killed)) throw error
      }
    }
  }
  const follow = async (station: string): Promise<void> => {
    while (!isOver) {
      try {
        const response = await request(await isUp, 'GET', `/events?station=${station}`)
        let rest = ''
        for await (const part of response.body ?? []) {
          rest += Buffer.from(part).toString('utf8')
          const end = rest.lastIndexOf('\n\n')
          if (end < 0) continue
          for (const event of eventsIn(rest.slice(0, end))) noteGreen(greens, event)
          rest = rest.slice(end + 2)
        }
      } catch {
        // It was killed.
      }
    }
  }
  const look = async (station: string): Promise<void> => {
    while (!isOver) {
      const { body } = await ask('GET', `/stations/${station}`).catch(() => ({ body: {} as Json }))
      for (const slot of Object.values(body['slotViews'] ?? {})) noteGreen(greens, slot?.['run'])
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  return {
    greens,
    kills: () => kills,
    up: () => isUp,
    ask,
    async kill(first) {
      let ready: (started: ServerFixture) => void = () => undefined
      let failed: (error: unknown) => void = () => undefined
      isUp = new Promise<ServerFixture>((resolve, reject) => {
        ready = resolve
        failed = reject
      })
      isUp.catch(() => undefined)
      kills += 1
      await server.kill()
      try {
        server = await createServerFixture(data, settings, ...ports)
        await first(server)
        ready(server)
      } catch (error) {
        failed(error)
        throw error
      }
    },
    watch: (station) => void watching.push(follow(station), look(station)),
    async end() {
      isOver = true
      await server.kill()
      await Promise.all(watching)
      await place.clean()
    },
  }
}
