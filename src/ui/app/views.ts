// The views of the page and their addresses. All but the first are loaded when they are first shown.

import type { ComponentType } from 'preact'
import type { TextKey, TextsOfView } from '../text/text.ts'
import { Overview } from './overview/overview.tsx'

/** The parts of the path that the address names, decoded. */
export interface ViewFacts {
  readonly params: readonly string[]
}

export type View = ComponentType<ViewFacts>

export interface ViewEntry {
  readonly pattern: RegExp
  readonly load: () => View | Promise<View>
  /** What it says, where that is not in the texts of all. */
  readonly texts?: TextsOfView
}

export const views: readonly ViewEntry[] = [
  { pattern: /^\/$/, load: () => Overview },
  { pattern: /^\/devices$/, load: () => import('./devices/devices.tsx').then(({ Devices }) => Devices), texts: 'devices' },
  {
    pattern: /^\/devices\/([^/]+)\/([^/]+)$/,
    load: () => import('./devices/device.tsx').then(({ DeviceView }) => DeviceView),
    texts: 'devices',
  },
  { pattern: /^\/firmware$/, load: () => import('./firmware/packages.tsx').then(({ Packages }) => Packages), texts: 'firmware' },
  { pattern: /^\/campaigns$/, load: () => import('./campaigns/campaigns.tsx').then(({ Campaigns }) => Campaigns), texts: 'campaigns' },
  {
    pattern: /^\/campaigns\/new$/,
    load: () => import('./campaigns/new-campaign.tsx').then(({ NewCampaign }) => NewCampaign),
    texts: 'campaigns',
  },
  {
    pattern: /^\/campaigns\/([^/]+)$/,
    load: () => import('./campaigns/campaign.tsx').then(({ CampaignView }) => CampaignView),
    texts: 'campaigns',
  },
  { pattern: /^\/stations$/, load: () => import('./stations/stations.tsx').then(({ Stations }) => Stations), texts: 'stations' },
  { pattern: /^\/runs\/([^/]+)$/, load: () => import('./stations/run.tsx').then(({ RunView }) => RunView), texts: 'stations' },
  {
    pattern: /^\/units\/([^/]+)\/([^/]+)$/,
    load: () => import('./stations/unit.tsx').then(({ UnitView }) => UnitView),
    texts: 'stations',
  },
  { pattern: /^\/log$/, load: () => import('./log/log.tsx').then(({ LogView }) => LogView), texts: 'log' },
  { pattern: /^\/settings$/, load: () => import('./settings/settings.tsx').then(({ SettingsView }) => SettingsView), texts: 'settings' },
]

export interface NavEntry {
  readonly href: string
  readonly text: TextKey
  /** `g` and then this key. */
  readonly key: string
}

export const navEntries: readonly NavEntry[] = [
  { href: '/', text: 'nav.overview', key: 'o' },
  { href: '/devices', text: 'nav.devices', key: 'd' },
  { href: '/firmware', text: 'nav.firmware', key: 'f' },
  { href: '/campaigns', text: 'nav.campaigns', key: 'c' },
  { href: '/stations', text: 'nav.stations', key: 't' },
  { href: '/log', text: 'nav.log', key: 'l' },
  { href: '/settings', text: 'nav.settings', key: 's' },
]
