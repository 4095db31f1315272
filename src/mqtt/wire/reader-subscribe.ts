// Reads SUBSCRIBE and UNSUBSCRIBE (MQTT 3.1.1 §3.8, §3.10). Whether a filter is granted is not decided here.

import { byteAt, fieldEnd, idAt, need, textAt } from './fields.ts'
import { validFilter } from './filter.ts'
import { type Qos, quoted, type Subscribe, type Unsubscribe, wireFault } from './packets.ts'

/** The clause that a malformed filter violates. */
const violatedClause = (filter: string): string => {
  if (filter === '') return 'MQTT-4.7.3-1'
  return /[^/]#|#./s.test(filter) ? 'MQTT-4.7.1-2' : 'MQTT-4.7.1-3'
}

const filterAt = (bytes: Buffer, from: number, to: number): string => {
  const filter = textAt(bytes, from, to, 'a topic filter')
  if (!validFilter(filter))
    throw wireFault('bad_filter', violatedClause(filter), `sent ${quoted(filter)}, which is not a valid topic filter`)
  return filter
}

const qosAt = (bytes: Buffer, at: number): Qos => {
  const qos = byteAt(bytes, at)
  if (qos === 0 || qos === 1 || qos === 2) return qos
  throw wireFault('bad_flags', 'MQTT-3-8.3-4', `requested QoS ${qos}`)
}

const someFilters = (at: number, end: number, name: string, clause: string): void => {
  if (at >= end) throw wireFault('empty_subscribe', clause, `sent ${name} without a topic filter`)
}

export const readSubscribe = (bytes: Buffer, body: number, end: number): Subscribe => {
  const id = idAt(bytes, body, end)
  const filters: { filter: string; qos: Qos }[] = []
  let at = body + 2
  someFilters(at, end, 'a SUBSCRIBE', 'MQTT-3.8.3-3')
  while (at < end) {
    const filterEnd = fieldEnd(bytes, at, end, 'a topic filter')
    need(filterEnd, 1, end, 'a requested QoS')
    filters.push({ filter: filterAt(bytes, at + 2, filterEnd), qos: qosAt(bytes, filterEnd) })
    at = filterEnd + 1
  }
  return { cmd: 'subscribe', id, filters }
}

export const readUnsubscribe = (bytes: Buffer, body: number, end: number): Unsubscribe => {
  const id = idAt(bytes, body, end)
  const filters: string[] = []
  let at = body + 2
  someFilters(at, end, 'an UNSUBSCRIBE', 'MQTT-3.10.3-2')
  while (at < end) {
    const filterEnd = fieldEnd(bytes, at, end, 'a topic filter')
    filters.push(filterAt(bytes, at + 2, filterEnd))
    at = filterEnd
  }
  return { cmd: 'unsubscribe', id, filters }
}
