// What an event or a newer answer means for the list of packages.

import { expect, it } from 'vitest'
import type { Firmware } from '../../src/ui/api/records.d.ts'
import { changesUsage, heldRows } from '../../src/ui/app/firmware/package-rows.ts'

const row = (id: string, campaigns: readonly string[] = [], otherCampaigns = 0): Firmware =>
  ({
    id,
    usage: { devices: 0, campaigns: campaigns.map((campaign) => ({ campaign, name: 'n', status: 'running' })), otherCampaigns },
  }) as unknown as Firmware

const campaign = (id: string, firmware: string, status = 'running') => ({ id, firmware, name: 'n', status }) as const

it('only a campaign that its row shows otherwise makes the list be read again', () => {
  const rows = [row('1', ['12', '11'], 3), row('2')]
  expect(changesUsage(rows, campaign('12', '1') as never)).toBe(false)
  expect(changesUsage(rows, campaign('12', '1', 'paused') as never)).toBe(true)
  expect(changesUsage(rows, campaign('13', '1') as never)).toBe(true)
  expect(changesUsage(rows, campaign('3', '1') as never)).toBe(false)
  expect(changesUsage(rows, campaign('13', '2') as never)).toBe(true)
  expect(changesUsage(rows, campaign('13', '9') as never)).toBe(false)
})

it('rows that are held change in their places, and those that would come or go are counted', () => {
  const next = row('1', ['12'])
  const held = heldRows([row('2'), row('1')], [row('3'), next])
  expect(held.items.map(({ id }) => id)).toEqual(['2', '1'])
  expect(held.items[1]).toBe(next)
  expect([...held.gone]).toEqual(['2'])
  expect(held.changes).toBe(2)
})
