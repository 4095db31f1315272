// What of a device itself, whatever campaigns there are, decides about its update: how it can be reached, and who speaks for it.

import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { Device } from '../model.ts'
import type { Verdict } from '../ports/operators.ts'
import { connectionSentence } from '../rules/connection-sentence.ts'
import type { Part } from '../state/context.ts'
import { timeOf } from './times.ts'

type Explaining = Part<'ports' | 'connections'>

const ofDevice = (rule: string, ok: boolean, said: Sentence, reason: string = rule): Verdict => ({
  rule,
  ok,
  said,
  campaign: null,
  task: null,
  reason: ok ? null : reason,
})

const presenceVerdict = ({ connections }: Explaining, device: Device): Verdict => {
  const presence = connections.presence(device)
  const { gateway } = device
  const seen = timeOf(connections.lastSeen(device.key) ?? device.lastSeen)
  const said = {
    reachable: () => sentence('presence_reachable', { gateway }),
    not_subscribed: () => sentence('presence_not_subscribed', { gateway }),
    offline: () => sentence('presence_offline', { gateway, seen }),
  }[presence]()
  return ofDevice('presence', presence === 'reachable', said, presence)
}

/** A gateway claims it too: what that one reports of it does not count. */
const disputeVerdict = (device: Device): readonly Verdict[] => {
  const disputed = device.disputed ?? null
  if (disputed === null) return []
  const { gateway, at } = disputed
  return [ofDevice('disputed', false, sentence('device_disputed', { device: device.key, gateway, since: timeOf(at) }))]
}

/** Newest first. */
const takeoverVerdicts = ({ key, takeovers = [] }: Device): readonly Verdict[] =>
  takeovers.toReversed().map(({ at, device, from, to }) => {
    const params = { device: device === key ? null : device, from, at: timeOf(at) }
    return ofDevice('takeover', true, to === null ? sentence('gateway_left', params) : sentence('gateway_taken_over', { ...params, to }))
  })

/** What the device sent and was not read: sub-devices that it named there are unknown. */
const unreadVerdicts = ({ connections }: Explaining, { key }: Device): readonly Verdict[] => {
  const unread = connections.unread.get(key)
  if (unread === undefined) return []
  const { method, sent, read } = unread
  const params = { sent, read, at: timeOf(unread.at) }
  return [
    ofDevice(
      'unread',
      false,
      method === null ? sentence('message_not_read', params) : sentence('elements_not_read', { ...params, method }),
    ),
  ]
}

/** The gateway has as many sub-devices as it may: others that it names are dropped. */
const childrenVerdict = ({ ports, connections }: Explaining, { key }: Device): readonly Verdict[] => {
  const [count, most] = [connections.families.children(key).size, ports.settings.childrenPerGateway]
  return count < most ? [] : [ofDevice('children', true, sentence('children_full', { count, most }))]
}

const contentionVerdict = ({ connections }: Explaining, { key }: Device): readonly Verdict[] => {
  const found = connections.contentions.of(key)
  return found === null ? [] : [ofDevice('contended', false, sentence('device_contended', { ...found }))]
}

const wrongProofs: ReadonlySet<string> = new Set(['bad_password', 'no_password', 'bad_signature'])

/** A remedy that makes room for a board in place of another is none while one is connected: who was refused may be a stranger. */
const remedyOf = (reason: string, device: Device, isConnected: boolean): Sentence | null => {
  if (reason === 'no_secret') return sentence('refusal_remedy_secret', { device: device.key })
  if (!wrongProofs.has(reason)) return null
  if (isConnected) return sentence('refusal_remedy_connected')
  const { kind } = device.credential
  if (kind === 'first-use') return sentence('refusal_remedy_forget', { device: device.key })
  return kind === 'secret' ? sentence('refusal_remedy_same_secret') : null
}

/** The last CONNECT under its name that was refused: where a client is connected, it holds nothing back. */
const refusalVerdict = ({ ports, connections }: Explaining, device: Device): readonly Verdict[] => {
  const refusal = connections.refusalOf(device.key)
  if (refusal === null) return []
  const { at, address, reason } = refusal
  const isConnected = connections.of(device.key) !== undefined
  const minutes = Math.floor((ports.now() - at) / 60_000)
  const remedy = remedyOf(reason, device, isConnected)
  return [ofDevice('refused', isConnected, sentence('device_refused', { minutes, address, why: connectionSentence(refusal), remedy }))]
}

/** The rules in their order. */
export const deviceVerdicts = (context: Explaining, device: Device): readonly Verdict[] => [
  presenceVerdict(context, device),
  ...unreadVerdicts(context, device),
  ...refusalVerdict(context, device),
  ...contentionVerdict(context, device),
  ...disputeVerdict(device),
  ...childrenVerdict(context, device),
  ...takeoverVerdicts(device),
]
