// Removing a device: asks first, with its name.

import { request } from '../../api/client.ts'
import type { Device } from '../../api/records.d.ts'
import { Action } from '../../parts/action.tsx'
import { CopyCurl } from '../../parts/copy.tsx'
import { ask } from '../../parts/dialog.tsx'
import { attempt } from '../../parts/toast.tsx'
import { go } from '../../router.ts'
import { text } from '../../text/text.ts'
import { keyOf } from './device-changes.ts'
import { devicePath } from './device-facts.ts'

const remove = async (device: Device, etag: string | null): Promise<void> => {
  const key = keyOf(device)
  const path = devicePath(device.product, device.name)
  const isSure = await ask({
    title: text('devices.device.removeTitle', { device: key }),
    body: (
      <>
        <p>{text('devices.device.removeBody')}</p>
        <p>
          <CopyCurl needs="admin" method="DELETE" path={path} />
        </p>
      </>
    ),
    action: text('devices.device.removeAct'),
  })
  if (!isSure) return
  const isDone = await attempt(() => request(path, { method: 'DELETE', etag }), text('devices.device.wasRemoved', { device: key }))
  if (isDone) go('/devices')
}

export const RemoveAction = ({ device, etag }: { readonly device: Device; readonly etag: string | null }) => (
  <Action needs="admin" kind="danger" onAct={() => remove(device, etag)}>
    {text('devices.device.remove')}
  </Action>
)
