// What an operator decides about a device, and where it is: product, tags, gateway, credential, address.

import type { Device } from '../../api/records.d.ts'
import { DeviceName } from '../../parts/device-name.tsx'
import { When } from '../../parts/when.tsx'
import { text } from '../../text/text.ts'
import { DeviceCredential } from './device-credential.tsx'
import { type EditedDevice, EditField } from './edit-field.tsx'
import { tagsIn } from './typed-tags.ts'

const Tags = ({ tags }: Pick<Device, 'tags'>) =>
  tags.length === 0 ? (
    <span class="dim">{text('devices.device.noTags')}</span>
  ) : (
    tags.map((tag) => (
      <a key={tag} href={`/devices?${new URLSearchParams({ tag })}`}>
        {tag}
      </a>
    ))
  )

const Gateway = ({ gateway }: Pick<Device, 'gateway'>) =>
  gateway === null ? <span class="dim">{text('devices.device.noGateway')}</span> : <DeviceName device={gateway} />

const Takeovers = ({ takeovers }: Pick<Device, 'takeovers'>) =>
  takeovers.length === 0 ? null : (
    <>
      <dt>{text('devices.device.moves')}</dt>
      <dd class="stack">
        {takeovers.map(({ at, device, from, to }) => (
          <span key={`${at} ${device}`}>
            {text('devices.device.moved', { device, from, to: to ?? '–' })} <When at={at} />
          </span>
        ))}
      </dd>
    </>
  )

export const DeviceSettings = (facts: EditedDevice) => {
  const { product, tags, gateway, address, takeovers, createdAt } = facts.device
  return (
    <section class="sheet">
      <h2>{text('devices.device.about')}</h2>
      <dl class="facts">
        <dt>{text('devices.product')}</dt>
        <dd>
          <a href={`/devices?${new URLSearchParams({ product })}`}>
            <bdi>{product}</bdi>
          </a>
        </dd>
        <dt>{text('devices.tags')}</dt>
        <dd>
          <EditField
            {...facts}
            field="tags"
            label={text('devices.tags')}
            hint={text('devices.addDevice.tagsHint')}
            typed={(device) => device.tags.join(' ')}
            bodyOf={(typed) => ({ tags: tagsIn(typed) })}
          >
            <Tags tags={tags} />
          </EditField>
        </dd>
        <dt>{text('devices.gateway')}</dt>
        <dd>
          <EditField
            {...facts}
            field="gateway"
            label={text('devices.gateway')}
            hint={text('devices.addDevice.gatewayHint')}
            typed={(device) => device.gateway ?? ''}
            bodyOf={(typed) => ({ gateway: typed.trim() === '' ? null : typed.trim() })}
          >
            <Gateway gateway={gateway} />
          </EditField>
        </dd>
        <Takeovers takeovers={takeovers} />
        <dt>{text('devices.device.credential')}</dt>
        <dd>
          <DeviceCredential {...facts} />
        </dd>
        <dt>{text('devices.device.address')}</dt>
        <dd>{address ?? <span class="dim">{text('devices.device.noAddress')}</span>}</dd>
        <dt>{text('devices.device.created')}</dt>
        <dd>
          <When at={createdAt} />
        </dd>
      </dl>
    </section>
  )
}
