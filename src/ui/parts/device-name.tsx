// The name of a device as a link, whatever characters it has: isolated from the direction of the text around it, and cut where it is very long.

import { deviceHref } from '../router.ts'
import './device-name.css'

/** `device`: pk/dn. `full`: with the product. */
export const DeviceName = ({ device, full = true }: { readonly device: string; readonly full?: boolean }) => {
  const shown = full ? device : device.slice(device.indexOf('/') + 1)
  return (
    <a class="device-name" href={deviceHref(device)} title={device}>
      <bdi>{shown}</bdi>
    </a>
  )
}
