// Devices that a campaign leaves out, by reason, with what the server says of each.

import type { Plan } from '../../api/records.d.ts'
import { deviceHref } from '../../router.ts'
import { number, text } from '../../text/text.ts'

const known = [
  'excluded',
  'gateway_never_reported',
  'module_never_reported',
  'no_tag',
  'not_named',
  'version_not_eligible',
  'version_unknown',
] as const

const reasonText = (reason: string): string => {
  const found = known.find((each) => each === reason)
  return found === undefined ? reason : text(`campaigns.left.${found}`)
}

type Left = Plan['left'][number]

const Reason = ({ reason, count, devices }: { readonly reason: string; readonly count: number; readonly devices: readonly Left[] }) => (
  <li>
    <details>
      <summary>
        {reasonText(reason)}: {number(count)}
      </summary>
      <ul class="indent plain-list">
        {devices.map(({ device, text: said }) => (
          <li key={device}>
            <a href={deviceHref(device)}>{device}</a> <span class="dim">{said}</span>
          </li>
        ))}
        {count > devices.length ? <li class="dim">{text('campaigns.andMore', { n: count - devices.length })}</li> : null}
      </ul>
    </details>
  </li>
)

export const LeftOut = ({ plan: { left, leftCounts } }: { readonly plan: Plan }) => {
  const reasons = Object.entries(leftCounts).sort(([, one], [, other]) => other - one)
  return reasons.length === 0 ? (
    <p class="dim">{text('campaigns.noneLeft')}</p>
  ) : (
    <ul class="plain-list">
      {reasons.map(([reason, count]) => (
        <Reason key={reason} reason={reason} count={count} devices={left.filter((each) => each.reason === reason)} />
      ))}
    </ul>
  )
}
