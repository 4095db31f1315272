// The newest raw messages of a device, as they come with the events. Pure.

import type { LiveEvent } from '../../api/live.ts'

export const mostMessages = 200

export interface ShownMessage {
  /** Counts up. */
  readonly id: number
  readonly at: string
  readonly direction: 'up' | 'down' | 'refused'
  readonly text: string
}

export interface MessageLog {
  /** The newest first. */
  readonly messages: readonly ShownMessage[]
  readonly count: number
  /** Left out by the server, since this client read slowly. */
  readonly dropped: number
}

export const noMessages: MessageLog = { messages: [], count: 0, dropped: 0 }

const isDirection = (value: unknown): value is ShownMessage['direction'] => value === 'up' || value === 'down' || value === 'refused'

const messageIn = ({ data }: LiveEvent, id: number): ShownMessage => {
  const { at, direction, text } = data
  return { id, at: String(at), direction: isDirection(direction) ? direction : 'up', text: String(text) }
}

export const withMessages = (log: MessageLog, events: readonly LiveEvent[], device: string): MessageLog => {
  const own = events.filter(({ name, data }) => name === 'message' && data['device'] === device)
  const lost = events.filter(({ name }) => name === 'dropped').reduce((sum, { data }) => sum + Number(data['messages']), 0)
  if (own.length === 0 && lost === 0) return log
  const added = own.map((event, at) => messageIn(event, log.count + at + 1)).toReversed()
  return {
    messages: [...added, ...log.messages].slice(0, mostMessages),
    count: log.count + own.length,
    dropped: log.dropped + lost,
  }
}
