// How a campaign was set: for whom, how fast, when, with what patience.

import type { ComponentChildren } from 'preact'
import type { Campaign } from '../../api/records.d.ts'
import { duration, listed, text } from '../../text/text.ts'

type Row = readonly [name: string, value: ComponentChildren]

const mostNamed = 8

const names = (items: readonly string[]): string =>
  items.length <= mostNamed
    ? listed(items)
    : `${listed(items.slice(0, mostNamed))} ${text('campaigns.andMore', { n: items.length - mostNamed })}`

const targetRows = ({ target, product }: Campaign): readonly Row[] => {
  const { devices, tags, from, exclude, continuous } = target
  return [
    [
      text('campaigns.target'),
      devices.length + tags.length === 0 ? text('campaigns.targetAll', { product }) : names([...tags, ...devices]),
    ],
    ...(from.length === 0 ? [] : [[text('campaigns.from'), names(from)] as const]),
    ...(exclude.length === 0 ? [] : [[text('campaigns.exclude'), names(exclude)] as const]),
    ...(continuous ? [[text('campaigns.continuous'), text('campaigns.continuousShort')] as const] : []),
  ]
}

const paceRows = ({ rate, schedule }: Campaign): readonly Row[] => [
  [
    text('campaigns.rate'),
    `${text('campaigns.atOnce', { count: rate.maxInProgress })} · ${text('campaigns.aMinute', { count: rate.perMinute })}`,
  ],
  ...(schedule.windows.length === 0
    ? []
    : [
        [
          text('campaigns.windowsName'),
          schedule.windows.map(({ cron, minutes, timeZone }) => (
            <div key={cron}>
              <code>{cron}</code> {duration(minutes * 60)} {timeZone ?? ''}
            </div>
          )),
        ] as const,
      ]),
]

const patienceRows = ({ timeouts, retry }: Campaign): readonly Row[] => [
  [text('campaigns.noResponse'), duration(timeouts.noResponseSeconds)],
  [text('campaigns.upgradeTime'), timeouts.upgradeSeconds === null ? text('campaigns.asServer') : duration(timeouts.upgradeSeconds)],
  [text('campaigns.stall'), duration(timeouts.stallSeconds)],
  ...(retry.max === 0
    ? []
    : [[text('campaigns.retryMax'), `${retry.max} · ${text('campaigns.after', { time: duration(retry.delaySeconds) })}`] as const]),
]

const specialRows = ({ overwrite, push, reflash }: Campaign): readonly Row[] => {
  const set = [
    ...(overwrite ? [text('campaigns.overwriteShort')] : []),
    ...(push ? [] : [text('campaigns.onAskingShort')]),
    ...(reflash ? [text('campaigns.reflashShort')] : []),
  ]
  return set.length === 0 ? [] : [[text('campaigns.special'), listed(set)]]
}

export const Conditions = ({ campaign }: { readonly campaign: Campaign }) => (
  <details class="sheet">
    <summary>
      <h2>{text('campaigns.conditions')}</h2>
    </summary>
    <dl class="facts">
      {[...targetRows(campaign), ...paceRows(campaign), ...patienceRows(campaign), ...specialRows(campaign)].map(([name, value]) => [
        <dt key={`${name}?`}>{name}</dt>,
        <dd key={name}>{value}</dd>,
      ])}
    </dl>
  </details>
)
