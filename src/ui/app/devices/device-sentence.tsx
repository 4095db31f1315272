// The state of a device as a sentence: connected or not and since when, what it runs, what is going on.

import type { Device, Task, TimelineEntry } from '../../api/records.d.ts'
import { Mark } from '../../parts/mark.tsx'
import { Said } from '../../parts/said.tsx'
import { When } from '../../parts/when.tsx'
import { listed, text } from '../../text/text.ts'
import { isOpen } from './device-facts.ts'

/** Since when it is connected; null: not known. */
const connectedAt = (timeline: readonly TimelineEntry[] | null): string | null =>
  (timeline ?? []).findLast(({ what }) => what === 'connected')?.at ?? null

const Presence = ({ device, timeline }: { readonly device: Device; readonly timeline: readonly TimelineEntry[] | null }) => {
  const { online, lastSeen, connection, gateway } = device
  if (online) {
    const at = gateway === null ? connectedAt(timeline) : null
    return (
      <span>
        <Mark kind="good">{text(gateway === null ? 'devices.device.online' : 'devices.device.onlineByGateway')}</Mark>
        {at === null ? null : (
          <span>
            {' · '}
            {text('devices.device.connected')} <When at={at} />
          </span>
        )}
      </span>
    )
  }
  if (lastSeen === null) return <Mark kind="none">{text('devices.device.neverSeen')}</Mark>
  return (
    <span>
      <Mark kind="none">{text('devices.device.offline')}</Mark> · {text('devices.device.lastSeen')} <When at={lastSeen} />
      {connection === null ? null : (
        <span>
          {' · '}
          <Said said={connection.text} />
          {connection.address === null ? null : ` (${connection.address})`}
        </span>
      )}
    </span>
  )
}

const runs = ({ modules }: Device): string => {
  const all = Object.entries(modules).map(([name, { version }]) => (name === 'default' ? version : `${name} ${version}`))
  return all.length === 0 ? text('devices.device.runsNothing') : text('devices.device.runs', { versions: listed(all) })
}

const going = (tasks: readonly Task[] | null): string => {
  const open = (tasks ?? []).filter(isOpen)
  if (tasks === null) return ''
  if (open.length === 0) return text('devices.device.noUpdate')
  return listed(open.map(({ to, state }) => text('devices.device.update', { version: to, state: text(`task.state.${state}`) })))
}

export interface SentenceFacts {
  readonly device: Device
  readonly tasks: readonly Task[] | null
  readonly timeline: readonly TimelineEntry[] | null
}

export const DeviceSentence = ({ device, tasks, timeline }: SentenceFacts) => (
  <p class="lead">
    <Presence device={device} timeline={timeline} /> · <span>{runs(device)}</span> <span>{going(tasks)}</span>
  </p>
)
