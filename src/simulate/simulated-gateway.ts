// What a gateway does for its children: adding and logging them in (topology), and reporting their versions (protocol.md §4 `sub.*`).
// Their updates are in simulated-device.ts, one child after another; a gateway is a device with children.

import type { SimulatedUnit } from './unit.ts'
import { parseMessage, subVersionPost, topo } from './wire.ts'

/** Answers on `thing/down/topo`, by the id of their request. */
export interface Answers {
  receive(payload: Uint8Array): void
  /** The code of the answer; null if none came within `ms`, or `signal` aborted. */
  wait(id: number, ms: number, signal: AbortSignal): Promise<number | null>
}

export const createAnswers = (): Answers => {
  const waiting = new Map<unknown, (code: number | null) => void>()
  return {
    receive: (payload) => {
      const message = parseMessage(payload)
      const code = message?.['code']
      waiting.get(message?.['id'])?.(typeof code === 'number' ? code : null)
    },
    wait: (id, ms, signal) =>
      new Promise((resolve) => {
        const done = (code: number | null) => {
          clearTimeout(timer)
          signal.removeEventListener('abort', aborted)
          waiting.delete(id)
          resolve(code)
        }
        const timer = setTimeout(done, ms, null)
        const aborted = () => done(null)
        signal.addEventListener('abort', aborted, { once: true })
        waiting.set(id, done)
        if (signal.aborted) done(null)
      }),
  }
}

/** What a gateway needs from its connection. */
export interface GatewayConnection {
  readonly answers: Answers
  readonly answerMs: number
  readonly signal: AbortSignal
  nextId(): number
  /** False if the connection died before the acknowledgement. */
  send(channel: 'ota' | 'topo', payload: Uint8Array): Promise<boolean>
  emit(event: string, detail: Readonly<Record<string, string | number>>): void
}

const request = async (method: 'add' | 'login', children: readonly SimulatedUnit[], connection: GatewayConnection): Promise<boolean> => {
  const id = connection.nextId()
  const answer = connection.answers.wait(id, connection.answerMs, connection.signal)
  if (
    !(await connection.send(
      'topo',
      topo(
        id,
        method,
        children.map(({ plan }) => plan),
      ),
    ))
  )
    return false
  const code = await answer
  connection.emit('topo', { method, children: children.length, answer: code === null ? 'none' : code })
  // Continue without an answer: a server that knows the children already need not answer.
  return !connection.signal.aborted
}

/** Elements in one uplink, well below the 200 that are read. */
const perMessage = 100

const reportVersions = async (children: readonly SimulatedUnit[], connection: GatewayConnection): Promise<boolean> => {
  const reports = children.flatMap(({ plan, versions }) => [...versions].map(([module, version]) => ({ identity: plan, module, version })))
  for (let start = 0; start < reports.length; start += perMessage) {
    if (!(await connection.send('ota', subVersionPost(connection.nextId(), reports.slice(start, start + perMessage))))) return false
  }
  return true
}

/** Adds the children, logs them in and reports their versions; false if the connection died. */
export const bringUp = async (children: readonly SimulatedUnit[], connection: GatewayConnection): Promise<boolean> =>
  (await request('add', children, connection)) &&
  (await request('login', children, connection)) &&
  (await reportVersions(children, connection))
