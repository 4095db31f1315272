// What needs somebody's decision: several clients under one identity, and a gateway that claims a device too.

import { request } from '../../api/client.ts'
import type { Device } from '../../api/records.d.ts'
import { Action } from '../../parts/action.tsx'
import { CopyCurl } from '../../parts/copy.tsx'
import { DeviceName } from '../../parts/device-name.tsx'
import { Mark } from '../../parts/mark.tsx'
import { attempt } from '../../parts/toast.tsx'
import { text } from '../../text/text.ts'
import { keyOf } from './device-changes.ts'
import { devicePath } from './device-facts.ts'

export const ContendedNotice = ({ device }: { readonly device: Device }) =>
  device.contended ? (
    <div class="stack notice">
      <Mark kind="warn">{text('devices.conflict.contended')}</Mark>
      <p>{text('devices.conflict.contendedWhat', { device: keyOf(device) })}</p>
      <p>
        <a href="?what=contended">{text('devices.conflict.contendedShow')}</a>
      </p>
    </div>
  ) : null

export interface DisputedFacts {
  readonly device: Device
  readonly etag: string | null
  readonly onChanged: () => void
}

const decide = async ({ device, etag, onChanged }: DisputedFacts, gateway: string | null): Promise<void> => {
  const done =
    gateway === null
      ? text('devices.conflict.freed', { device: keyOf(device) })
      : text('devices.conflict.given', { device: keyOf(device), gateway })
  await attempt(() => request(devicePath(device.product, device.name), { method: 'PATCH', etag, body: { gateway } }), done)
  onChanged()
}

export const DisputedNotice = (facts: DisputedFacts) => {
  const { disputed, gateway } = facts.device
  if (disputed === null) return null
  return (
    <div class="stack notice">
      <Mark kind="warn">{text('devices.conflict.disputed')}</Mark>
      <p>
        {text('devices.conflict.disputedBy')} <DeviceName device={disputed} /> · {text('devices.conflict.disputedWhat')}
      </p>
      <div class="row">
        <Action needs="operator" onAct={() => decide(facts, null)}>
          {text('devices.conflict.own')}
        </Action>
        {[disputed, ...(gateway === null || gateway === disputed ? [] : [gateway])].map((each) => (
          <Action key={each} needs="operator" onAct={() => decide(facts, each)}>
            {text('devices.conflict.give', { gateway: each })}
          </Action>
        ))}
        <CopyCurl
          needs="operator"
          what={text('devices.conflict.own')}
          method="PATCH"
          path={devicePath(facts.device.product, facts.device.name)}
          body={{ gateway: null }}
        />
      </div>
    </div>
  )
}
