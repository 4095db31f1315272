// The modules of a device and their versions.

import type { Device } from '../../api/records.d.ts'
import { When } from '../../parts/when.tsx'
import { text } from '../../text/text.ts'

const href = (product: string, module: string, version: string): string => `/devices?${new URLSearchParams({ product, module, version })}`

export const DeviceModules = ({ device: { product, modules } }: { readonly device: Device }) => {
  const all = Object.entries(modules)
  return (
    <section class="sheet">
      <h2>{text('devices.device.modules')}</h2>
      {all.length === 0 ? (
        <p class="dim">{text('devices.device.runsNothing')}</p>
      ) : (
        <table class="stacks">
          <thead>
            <tr>
              <th scope="col">{text('devices.module')}</th>
              <th scope="col">{text('devices.version')}</th>
              <th scope="col">{text('devices.device.reported')}</th>
            </tr>
          </thead>
          <tbody>
            {all.map(([name, { version, reportedAt }]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>
                  <a href={href(product, name, version)}>{version}</a>
                </td>
                <td>
                  <When at={reportedAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
