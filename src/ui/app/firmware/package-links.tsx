// Where a package leads to: a campaign for it, and the devices that run it.

import type { Firmware } from '../../api/records.d.ts'
import { withheld } from '../../parts/action.tsx'
import { campaignHref } from '../../router.ts'
import { number, text } from '../../text/text.ts'

export interface NewCampaignFacts {
  readonly firmware: Firmware
  readonly label: string
  readonly isMain?: boolean
}

/** For who may not, a button that says why. */
export const NewCampaignLink = ({ firmware, label, isMain = false }: NewCampaignFacts) => {
  const why = withheld('operator')
  if (why !== undefined) {
    return (
      <button type="button" disabled title={why}>
        {label}
      </button>
    )
  }
  return (
    <a class={isMain ? 'button main' : 'button'} href={`/campaigns/new?firmware=${encodeURIComponent(firmware.id)}`}>
      {label}
    </a>
  )
}

export const Runners = ({ firmware: { product, module, version, usage } }: { readonly firmware: Firmware }) => {
  const devices = usage?.devices ?? 0
  return devices === 0 ? (
    <span class="dim">{text('firmware.packages.nobody')}</span>
  ) : (
    <a href={`/devices?${new URLSearchParams({ product, module, version })}`}>{text('firmware.packages.devices', { n: devices })}</a>
  )
}

/** Beside these others are counted. */
const mostShown = 3

export const Users = ({ usage }: Firmware) => {
  const campaigns = usage?.campaigns ?? []
  if (campaigns.length === 0) return <span class="dim">{text('firmware.packages.unused')}</span>
  const others = campaigns.length + (usage?.otherCampaigns ?? 0) - Math.min(mostShown, campaigns.length)
  return (
    <ul class="plain-list users">
      {campaigns.slice(0, mostShown).map(({ campaign, name, status }) => (
        <li key={campaign}>
          <a href={campaignHref(campaign)} title={name}>
            {text('campaign.named', { id: campaign, name })}
          </a>{' '}
          <span class="dim">{text(`campaign.status.${status}`)}</span>
        </li>
      ))}
      {others === 0 ? null : <li class="dim">{text('firmware.packages.others', { n: number(others) })}</li>}
    </ul>
  )
}
