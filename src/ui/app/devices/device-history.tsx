// The versions that were installed on a device: since when, by which campaign. Newest first.

import { useFetched } from '../../api/fetched.ts'
import type { Installed } from '../../api/records.d.ts'
import { When } from '../../parts/when.tsx'
import { campaignHref } from '../../router.ts'
import { text } from '../../text/text.ts'
import { type Page, useNews } from './device-facts.ts'

const Row = ({ row: { at, module, version, campaign } }: { readonly row: Installed }) => (
  <tr>
    <th scope="row">{version}</th>
    <td>{module}</td>
    <td>
      {campaign === null ? (
        text('devices.device.byItself')
      ) : (
        <a href={campaignHref(campaign)}>{text('campaign.short', { id: campaign })}</a>
      )}
    </td>
    <td>
      <When at={at} />
    </td>
  </tr>
)

export const DeviceHistory = ({ device, path }: { readonly device: string; readonly path: string }) => {
  const { data } = useFetched<Page<Installed>>(`${path}/history?limit=1000`, useNews(device))
  if (data === null || data.items.length === 0) return null
  return (
    <section class="sheet">
      <h2>{text('devices.device.history')}</h2>
      <table class="stacks">
        <thead>
          <tr>
            <th scope="col">{text('devices.version')}</th>
            <th scope="col">{text('devices.module')}</th>
            <th scope="col">{text('devices.device.installedBy')}</th>
            <th scope="col">{text('devices.device.installedAt')}</th>
          </tr>
        </thead>
        <tbody>
          {data.items.toReversed().map((row) => (
            <Row key={`${row.at} ${row.module}`} row={row} />
          ))}
        </tbody>
      </table>
    </section>
  )
}
