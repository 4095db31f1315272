// What `fogbell discover` prints of what others on the network say of themselves.

import { expect, test } from 'vitest'
import { foundLines } from '../../src/cli/discover.ts'

const server = {
  name: 'Fogbell on line3 (0a1b2c)',
  version: '0.2.0',
  id: '0a1b2c',
  addresses: ['198.51.100.7'],
  mqtt: ['mqtt://198.51.100.7:1883'],
  firmware: 'http://198.51.100.7:8070',
  admin: 'http://198.51.100.7:8080',
}

test('a row for each server', () => {
  expect(foundLines([server, { ...server, name: 'b', admin: null, version: null }], 3)).toEqual([
    'NAME                       MQTT                      ADMIN API                 VERSION',
    'Fogbell on line3 (0a1b2c)  mqtt://198.51.100.7:1883  http://198.51.100.7:8080  0.2.0',
    'b                          mqtt://198.51.100.7:1883  not reached from outside  -',
  ])
})

test('control characters of a stranger do not reach the terminal', () => {
  const text = foundLines([{ ...server, name: '\u001b[2Jx\u0007', version: 'v\n\u009b1m' }], 3).join('\n')
  expect(text).not.toMatch(/[^\n\P{Cc}]/u)
})

test('where no server answers, the reasons', () => {
  expect(foundLines([], 1)[0]).toBe('no Fogbell server answered within 1 second')
  expect(foundLines([], 3).join(' ')).toContain('UDP port 5353')
})
