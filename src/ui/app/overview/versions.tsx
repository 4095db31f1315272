// The fleet by version: a bar for each module of a product, with the devices of each version.

import type { Figures } from '../../api/live.ts'
import { type BarPart, StackedBar } from '../../parts/chart.tsx'
import { Fold } from '../../parts/fold.tsx'
import { listed, number, text } from '../../text/text.ts'

type Devices = Figures['devices']
type ModuleCount = Devices['modules'][number]

const fills = ['1', '2', '3', '4'] as const

const partsOf = ({ versions, others }: ModuleCount): readonly BarPart[] => [
  ...versions.map(({ version, devices }, at) => ({
    fill: fills[at] ?? ('other' as const),
    value: devices,
    label: `${version}: ${number(devices)}`,
  })),
  { fill: 'other' as const, value: others.devices, label: text('versions.others', { n: others.versions, devices: others.devices }) },
]

const href = ({ product, module }: ModuleCount, version: string): string => `/devices?${new URLSearchParams({ product, module, version })}`

const Row = ({ count }: { readonly count: ModuleCount }) => {
  const parts = partsOf(count)
  const shown = count.versions.slice(0, fills.length)
  return (
    <li class="version">
      <div class="row">
        <strong>{count.product}</strong>
        {count.module === 'default' ? null : <span>{count.module}</span>}
        <span class="dim">{text('versions.devices', { n: count.devices })}</span>
      </div>
      <StackedBar parts={parts} label={listed(parts.filter(({ value }) => value > 0).map(({ label }) => label))} />
      <div class="row small">
        {shown.map(({ version, devices }) => (
          <a key={version} href={href(count, version)}>
            {version}: {number(devices)}
          </a>
        ))}
        {count.versions.length > shown.length || count.others.versions > 0 ? (
          <span class="dim">{text('versions.more', { n: count.versions.length - shown.length + count.others.versions })}</span>
        ) : null}
      </div>
    </li>
  )
}

export const Versions = ({ devices }: { readonly devices: Devices }) => (
  <section class="sheet">
    <h2>{text('versions.title')}</h2>
    {devices.modules.length === 0 ? (
      <p class="dim">{text('versions.none')}</p>
    ) : (
      <Fold share={0.5}>
        {devices.modules.map((count) => (
          <Row key={`${count.product}/${count.module}`} count={count} />
        ))}
      </Fold>
    )}
    {devices.otherModules === 0 ? null : <p class="dim">{text('versions.otherModules', { n: devices.otherModules })}</p>}
  </section>
)
