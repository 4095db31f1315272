// One device: first what its state is, then what can be done, then why, then all that is known of it.

import type { Device } from '../../api/records.d.ts'
import { CopyCurl } from '../../parts/copy.tsx'
import { Refused } from '../../parts/refused.tsx'
import { text } from '../../text/text.ts'
import { ContendedNotice, DisputedNotice } from './device-conflicts.tsx'
import { type DeviceFacts, isOpen, useDeviceFacts } from './device-facts.ts'
import './device.css'
import { DeviceHistory } from './device-history.tsx'
import { DeviceMessages } from './device-messages.tsx'
import { DeviceModules } from './device-modules.tsx'
import { DeviceSentence } from './device-sentence.tsx'
import { DeviceSettings } from './device-settings.tsx'
import { DeviceTimeline } from './device-timeline.tsx'
import { EndedUpdate, OpenUpdate } from './device-update.tsx'
import { DeviceWhy } from './device-why.tsx'
import { MissingDevice } from './missing-device.tsx'
import { PushAction } from './push-package.tsx'
import { RemoveAction } from './remove-device.tsx'
import { SubDevices } from './sub-devices.tsx'

const Heading = ({ product, name }: { readonly product: string; readonly name: string }) => (
  <h1 tabIndex={-1} data-title={`${product}/${name} · ${text('nav.devices')}`}>
    <bdi class="dim">{product}</bdi>/<bdi>{name}</bdi>
  </h1>
)

/** Open updates, or how the newest one ended if it did not succeed. */
const Updates = ({ facts: { tasks }, isSubDevice }: { readonly facts: DeviceFacts; readonly isSubDevice: boolean }) => {
  const open = (tasks ?? []).filter(isOpen)
  const [newest] = tasks ?? []
  if (open.length > 0) return open.map((task) => <OpenUpdate key={task.id} task={task} isSubDevice={isSubDevice} />)
  return newest === undefined ? null : <EndedUpdate task={newest} />
}

const Acts = ({ facts, device }: { readonly facts: DeviceFacts; readonly device: Device }) => (
  <>
    <PushAction device={device} />
    <RemoveAction device={device} etag={facts.device.etag} />
    <CopyCurl needs="viewer" what={text('devices.device.read')} method="GET" path={facts.path} />
  </>
)

const Known = ({ facts, device }: { readonly facts: DeviceFacts; readonly device: Device }) => (
  <>
    <section class="sheet stack whole" aria-label={text('devices.device.state')}>
      <DeviceSentence device={device} tasks={facts.tasks} timeline={facts.timeline} />
      <ContendedNotice device={device} />
      <DisputedNotice device={device} etag={facts.device.etag} onChanged={facts.device.reload} />
      <Updates facts={facts} isSubDevice={device.gateway !== null} />
    </section>
    <div class="device-columns">
      <div class="stack">
        <DeviceWhy device={facts.key} path={facts.path} product={device.product} />
        <DeviceTimeline rows={facts.timeline} />
      </div>
      <div class="stack">
        <DeviceModules device={device} />
        <DeviceSettings device={device} etag={facts.device.etag} onChanged={facts.device.reload} />
        <SubDevices gateway={facts.key} />
        <DeviceHistory device={facts.key} path={facts.path} />
        <DeviceMessages device={facts.key} />
      </div>
    </div>
  </>
)

/** The heading is the same element before and after the device is read: it may have the focus. */
export const DeviceView = ({ params: [product = '', name = ''] }: { readonly params: readonly string[] }) => {
  const facts = useDeviceFacts(product, name)
  const { data, problem, reload } = facts.device
  const isMissing = data === null && problem?.status === 404
  return (
    <div class="view device">
      {isMissing ? null : (
        <header key="head">
          <Heading product={product} name={name} />
          {data === null ? null : <Acts facts={facts} device={data} />}
        </header>
      )}
      {data !== null ? (
        <Known facts={facts} device={data} />
      ) : problem === null ? null : isMissing ? (
        <MissingDevice product={product} name={name} problem={problem} />
      ) : (
        <Refused problem={problem} onRetry={reload} />
      )}
    </div>
  )
}
