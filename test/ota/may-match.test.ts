// Whether a version that a device reports can concern a continuous campaign at all: most reports end there.

import { expect, test } from 'vitest'
import { mayMatch } from '../../src/ota/campaigns/matching.ts'
import type { Campaign } from '../../src/ota/model.ts'
import { sampleCampaign, sampleDevice } from '../support/store-samples.ts'

const device = sampleDevice('dn')
const { target } = sampleCampaign(1)
const running: Partial<Campaign> = { status: 'running', product: device.product, target: { ...target, continuous: true } }

const asked = (...campaigns: readonly Partial<Campaign>[]): boolean =>
  mayMatch(
    {
      device: (key) => (key === device.key ? device : undefined),
      campaigns: () => campaigns.map((more, at) => sampleCampaign(at + 1, { ...running, ...more })),
    },
    device.key,
  )

test('only a running continuous campaign of the product of a known device can match it', () => {
  expect(asked()).toBe(false)
  expect(asked({ status: 'paused' }, { product: 'other' }, { target: { ...target, continuous: false } })).toBe(false)
  expect(asked({ status: 'paused' }, {})).toBe(true)
  expect(mayMatch({ device: () => undefined, campaigns: () => [sampleCampaign(1, running)] }, device.key)).toBe(false)
})
