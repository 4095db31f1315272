// The sub-devices of a gateway: the first of them, and a link to all.

import { useFetched } from '../../api/fetched.ts'
import { DeviceName } from '../../parts/device-name.tsx'
import { Mark } from '../../parts/mark.tsx'
import { text } from '../../text/text.ts'
import { keyOf } from './device-changes.ts'
import { useNews } from './device-facts.ts'
import type { DevicePage } from './device-list.ts'

const shown = 10

export const SubDevices = ({ gateway }: { readonly gateway: string }) => {
  const { data } = useFetched<DevicePage>(`/devices?${new URLSearchParams({ gateway, limit: String(shown) })}`, useNews(gateway))
  if (data === null || data.count === 0) return null
  return (
    <section class="sheet stack">
      <h2>{text('devices.device.children', { n: data.count })}</h2>
      <ul class="plain-list stack">
        {data.items.map((child) => (
          <li key={keyOf(child)} class="row">
            <Mark kind={child.online ? 'good' : 'none'}>{text(child.online ? 'devices.online' : 'devices.offline')}</Mark>
            <DeviceName device={keyOf(child)} full={false} />
            <span class="dim">
              {Object.values(child.modules)
                .map(({ version }) => version)
                .join(', ')}
            </span>
          </li>
        ))}
      </ul>
      <p>
        <a href={`/devices?${new URLSearchParams({ gateway })}`}>{text('devices.device.allChildren', { n: data.count })}</a>
      </p>
    </section>
  )
}
