// Addresses and blocks: which are ones, what is in them, and which slot a board is in.

import { BlockList, isIP } from 'node:net'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { blocksOverlap, inBlock, isBlock, slotOfAddress } from '../../src/station/rules/blocks.ts'

it.each([
  ['10.0.3.7', '10.0.3.7', true],
  ['10.0.3.7', '10.0.3.8', false],
  ['10.0.3.7', '10.0.3.0/24', true],
  ['10.0.4.7', '10.0.3.0/24', false],
  ['10.0.3.7', '10.0.3.99/24', true],
  ['10.0.3.7', '0.0.0.0/0', true],
  ['::ffff:10.0.3.7', '10.0.3.0/24', true],
  ['::FFFF:0a00:0307', '10.0.3.7', true],
  ['10.0.3.7', '::ffff:10.0.3.0/120', true],
  ['10.0.3.7', '::/0', false],
  ['fe80::1%eth0', 'fe80::/10', true],
  ['fd00:0:0:1::5', 'fd00:0:0:1::/64', true],
  ['fd00:0:0:2::5', 'fd00:0:0:1::/64', false],
  ['2001:DB8::1', '2001:db8:0:0:0:0:0:1', true],
  ['::1', '127.0.0.1', false],
  ['', '10.0.3.0/24', false],
  ['10.0.3.7', '', false],
])('%s in %s: %s', (address, block, is) => {
  expect(inBlock(address, block)).toBe(is)
})

it.each(['10.0.3.7', '10.0.3.0/24', '::', '::/0', '::1', 'fd00::/8', '1:2:3:4:5:6:7:8', '1::8', '::ffff:1.2.3.4', '64:ff9b::1.2.3.4/96'])(
  '%s is one',
  (text) => {
    expect(isBlock(text)).toBe(true)
  },
)

it.each([
  '10.0.3',
  '10.0.3.256',
  '10.0.3.07',
  '10.0.3.0/33',
  '10.0.3.0/',
  '10.0.3.0/2/4',
  '10.0.3.0/-1',
  'board.local',
  ':',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7::8',
  '12345::',
  'fd00::/129',
  '::ffff:1.2.3.4/95',
  '1.2.3.4::',
  '1:1.2.3.4::',
  '::1.2.3.4:5',
  ':'.repeat(10_000),
])('%.30s is none', (text) => {
  expect(isBlock(text)).toBe(false)
})

it('blocks overlap where one holds the other', () => {
  expect(blocksOverlap('10.0.3.0/24', '10.0.3.7')).toBe(true)
  expect(blocksOverlap('10.0.3.7', '10.0.0.0/16')).toBe(true)
  expect(blocksOverlap('10.0.3.0/25', '10.0.3.128/25')).toBe(false)
  expect(blocksOverlap('0.0.0.0/0', '::/0')).toBe(false)
})

it('a board is in the slot whose block has its address', () => {
  const station = { slotAddresses: ['10.0.1.0/24', '10.0.2.0/24', 'fd00::2'] }
  expect(['10.0.1.9', '::ffff:10.0.2.9', 'fd00:0::2', '10.0.3.9'].map((address) => slotOfAddress(station, address))).toEqual([
    1,
    2,
    3,
    null,
  ])
  expect(slotOfAddress({ slotAddresses: [] }, '10.0.1.9')).toBeNull()
})

it('it agrees with the one of Node', () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6())
  fc.assert(
    fc.property(address, address, fc.integer({ min: 0, max: 128 }), (one, of, length) => {
      const version = isIP(of) === 6 ? 'ipv6' : 'ipv4'
      if (isIP(one) !== isIP(of) || /^[0:]*:ffff:/i.test(one + of)) return
      const prefix = version === 'ipv4' ? length % 33 : length
      const list = new BlockList()
      list.addSubnet(of, prefix, version)
      expect(inBlock(one, `${of}/${prefix}`)).toBe(list.check(one, version))
      expect(inBlock(of, `${of}/${prefix}`)).toBe(true)
    }),
    { numRuns: 300 },
  )
})
