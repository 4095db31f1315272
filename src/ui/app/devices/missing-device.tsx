// What is shown for a device that does not exist: that it does not, and devices with such a name.

import { useEffect } from 'preact/hooks'
import { useFetched } from '../../api/fetched.ts'
import type { Problem } from '../../api/records.d.ts'
import { DeviceName } from '../../parts/device-name.tsx'
import { Said } from '../../parts/said.tsx'
import { titleOf } from '../../router.ts'
import { language, text } from '../../text/text.ts'
import { keyOf } from './device-changes.ts'
import type { DevicePage } from './device-list.ts'

export interface MissingFacts {
  readonly product: string
  readonly name: string
  readonly problem: Problem
}

export const MissingDevice = ({ product, name, problem }: MissingFacts) => {
  const q = name.slice(0, 256)
  const { data } = useFetched<DevicePage>(`/devices?${new URLSearchParams({ q, limit: '5' })}`)
  useEffect(() => {
    document.title = titleOf(text('devices.device.missing'))
  }, [language.value])
  return (
    <>
      <h1 tabIndex={-1}>{text('devices.device.missing')}</h1>
      <section class="sheet stack">
        <p>
          <Said said={problem.detail} />
        </p>
        <p class="dim">{text('devices.device.missingHint', { product })}</p>
        {data === null || data.count === 0 ? null : (
          <ul class="plain-list stack">
            {data.items.map((device) => (
              <li key={keyOf(device)}>
                <DeviceName device={keyOf(device)} />
              </li>
            ))}
          </ul>
        )}
        <p class="row">
          <a class="button" href={`/devices?${new URLSearchParams({ q })}`}>
            {text('devices.device.searchName', { name: q })}
          </a>
          <a href="/devices">{text('nav.devices')}</a>
        </p>
      </section>
    </>
  )
}
