// Bounds on how much one identity or one address may take of what all share. Each time that a bound is reached is counted, and a warning
// names who reached it, at most once a minute. The bound is enforced where the resource is kept.

import { createRate } from './rate.ts'

const messages = {
  children: 'a gateway names more sub-devices than it may have: they are dropped',
  connections: 'an address has as many connections without a proven identity as it may: new ones are refused',
  new_names: 'an address connects with more new device names than it may: they are refused',
  queued: 'the messages queued for one identity, or for one client of it, have taken their share: new messages for it are dropped',
  queued_total: 'the messages queued for all sessions have reached mqtt.sessions.maxTotalBytes: new messages are dropped',
  retained: 'the retained messages of one identity have taken their share: its connection is closed',
  retained_total: 'all retained messages have reached mqtt.maxRetainedBytes: new ones are not retained',
  sessions: 'a device keeps more sessions than it may: its oldest one ends',
} as const

export type QuotaName = keyof typeof messages

export interface Quotas {
  /** `taker`: an identity or an address. `figures`: for the warning. */
  reached(quota: QuotaName, taker: string, figures?: () => Readonly<Record<string, number | string>>): void
}

export interface QuotasDeps {
  readonly meter: { count(name: 'quotas', label: string): void }
  readonly log: { warn(fields: object, message: string): void }
  readonly now: () => number
}

export const createQuotas = ({ meter, log, now }: QuotasDeps): Quotas => {
  const mayWarn = createRate<string>(1, 1 / 60, now)
  return {
    reached(quota, taker, figures = () => ({})) {
      meter.count('quotas', quota)
      if (mayWarn(`${quota} ${taker}`)) log.warn({ quota, taker, ...figures() }, messages[quota])
    },
  }
}
