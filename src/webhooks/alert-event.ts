// An event as it waits for a webhook, as text on disk, and as what is sent. Knows no record of the core, no disk and no HTTP.

import { createHmac } from 'node:crypto'
import type { AlertType } from '../alerts.ts'
import { type Params, type Sentence, say } from '../sentences/sentence.ts'

/** JSON, with the names that the API has. */
export type AlertData = { readonly [name: string]: AlertValue }
type AlertValue = string | number | boolean | null | readonly AlertValue[] | AlertData | Params

export interface AlertEvent {
  /** The same in every attempt. */
  readonly id: string
  readonly type: string
  /** When it happened: milliseconds since the epoch. */
  readonly at: number
  readonly said: Sentence
  readonly data: AlertData
}

/** An event that was refused too often, with the last refusal. */
export interface RefusedEvent extends AlertEvent {
  readonly refusal: Sentence
}

/** Results of test runs are kept as they are: what is sent to an MES is a record. */
const resultType: AlertType = 'run.ended'

export const isResult = ({ type }: Pick<AlertEvent, 'type'>): boolean => type === resultType

/** Larger ones have their texts shortened. */
const mostBytes = 8192
const longText = 500

const shortened = (_name: string, value: unknown): unknown =>
  typeof value === 'string' && value.length > longText ? `${value.slice(0, longText)}…` : value

export const textOf = (event: AlertEvent): string => {
  const text = JSON.stringify(event)
  return text.length <= mostBytes || isResult(event) ? text : JSON.stringify(event, shortened)
}

const isEvent = (value: unknown): value is AlertEvent =>
  typeof value === 'object' && value !== null && ['id', 'type', 'at', 'said', 'data'].every((name) => Object.hasOwn(value, name))

/** null: it is no event. */
export const eventOf = (text: string): AlertEvent | null => {
  try {
    const value: unknown = JSON.parse(text)
    return isEvent(value) ? value : null
  } catch {
    return null
  }
}

/** The last refusal of one that is parked. */
export const refusalOf = (event: AlertEvent): Sentence => ('refusal' in event ? (event as RefusedEvent).refusal : event.said)

/** `body: 'data'`: of results, only what they are about. */
export const bodyOf = (event: AlertEvent, body: 'event' | 'data' = 'event'): string =>
  body === 'data' && isResult(event) ? JSON.stringify(event.data) : wholeBodyOf(event)

const wholeBodyOf = ({ id, type, at, said, data }: AlertEvent): string =>
  JSON.stringify({ id, type, at: new Date(at).toISOString(), text: say(said), code: said.code, params: said.params, data })

/** `t`: seconds since the epoch, the time of the attempt. */
export const signatureOf = (secret: string, t: number, body: string): string =>
  `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`
