// Where a simulated device connects: the address of the broker in the parts that mqtt.js takes.

import url from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { brokerPlace, openSession } from '../../src/simulate/device-session.ts'

test.each([
  ['mqtt://192.0.2.7', { protocol: 'mqtt', host: '192.0.2.7', path: '' }],
  ['mqtts://[2001:db8::7]:8883', { protocol: 'mqtts', host: '2001:db8::7', port: 8883, path: '' }],
  ['ws://[2001:db8::7]:8083/mqtt?a=1', { protocol: 'ws', host: '[2001:db8::7]', port: 8083, path: '/mqtt?a=1' }],
  ['wss://broker.example/mqtt', { protocol: 'wss', host: 'broker.example', path: '/mqtt' }],
])('%s', (broker, place) => {
  expect(brokerPlace(broker)).toEqual(place)
})

test('nothing that Node.js warns of is called', async () => {
  const parse = vi.spyOn(url, 'parse')
  onTestFinished(() => parse.mockRestore())
  const session = { clientId: 'c', username: 'u', password: 'p', clean: true, insecure: false, ca: null, ackMs: 100 }
  const signal = new AbortController().signal
  const opening = await openSession({ ...session, broker: 'mqtt://127.0.0.1:1', onMessage: () => undefined, signal })
  expect(opening.kind).toBe('unreachable')
  expect(parse).not.toHaveBeenCalled()
})
