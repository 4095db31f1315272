// The broker's figures under mosquitto's names, compared with those of mosquitto 2.0.11 with sys_interval 1.

import { expect, test } from 'vitest'
import { createLoads, type Figures, type SysMessage, sysMessages } from '../../src/mqtt/sys.ts'

const none: Figures = {
  uptime: 0,
  clientsConnected: 0,
  clientsDisconnected: 0,
  clientsMaximum: 0,
  clientsExpired: 0,
  messagesReceived: 0,
  messagesSent: 0,
  storedCount: 0,
  storedBytes: 0,
  retainedCount: 0,
  subscriptionCount: 0,
  bytesReceived: 0,
  bytesSent: 0,
  publishReceived: 0,
  publishSent: 0,
  publishDropped: 0,
  publishBytesReceived: 0,
  publishBytesSent: 0,
  sockets: 0,
  connections: 0,
}

const texts = (messages: readonly SysMessage[]): Readonly<Record<string, string>> =>
  Object.fromEntries(messages.map(({ topic, text }) => [topic, text]))

test('each figure has its name, and no other', () => {
  const figures: Figures = {
    uptime: 1,
    clientsConnected: 20,
    clientsDisconnected: 300,
    clientsMaximum: 4,
    clientsExpired: 5,
    messagesReceived: 6,
    messagesSent: 7,
    storedCount: 8,
    storedBytes: 9,
    retainedCount: 10,
    subscriptionCount: 11,
    bytesReceived: 2 ** 40,
    bytesSent: 13,
    publishReceived: 14,
    publishSent: 15,
    publishDropped: 16,
    publishBytesReceived: 17,
    publishBytesSent: 18,
    sockets: 19,
    connections: 21,
  }
  const messages = sysMessages(figures, '1.2.3')
  expect(texts(messages)).toEqual({
    '$SYS/broker/version': 'fogbell version 1.2.3',
    '$SYS/broker/uptime': '1 seconds',
    '$SYS/broker/clients/total': '320',
    '$SYS/broker/clients/connected': '20',
    '$SYS/broker/clients/disconnected': '300',
    '$SYS/broker/clients/maximum': '4',
    '$SYS/broker/clients/expired': '5',
    '$SYS/broker/messages/received': '6',
    '$SYS/broker/messages/sent': '7',
    '$SYS/broker/messages/stored': '8',
    '$SYS/broker/store/messages/count': '8',
    '$SYS/broker/store/messages/bytes': '9',
    '$SYS/broker/retained messages/count': '10',
    '$SYS/broker/subscriptions/count': '11',
    '$SYS/broker/bytes/received': '1099511627776',
    '$SYS/broker/bytes/sent': '13',
    '$SYS/broker/publish/messages/received': '14',
    '$SYS/broker/publish/messages/sent': '15',
    '$SYS/broker/publish/messages/dropped': '16',
    '$SYS/broker/publish/bytes/received': '17',
    '$SYS/broker/publish/bytes/sent': '18',
  })
  expect(messages).toHaveLength(21)
})

const loadsOf = (name: string, messages: readonly SysMessage[]): readonly (string | undefined)[] =>
  ['1min', '5min', '15min'].map((span) => texts(messages)[`$SYS/broker/load/${name}/${span}`])

test('loads are computed as mosquitto computes them', () => {
  const loads = createLoads()
  // Within two seconds mosquitto had received 3 connections, 8 packets, one PUBLISH and 87 bytes; then nothing.
  const figures = { ...none, messagesReceived: 8, publishReceived: 1, bytesReceived: 87, sockets: 3, connections: 3 }
  const first = loads.take(figures, 2)
  expect(loadsOf('messages/received', first)).toEqual(['7.87', '1.59', '0.53'])
  expect(loadsOf('publish/received', first)).toEqual(['0.98', '0.20', '0.07'])
  expect(loadsOf('bytes/received', first)).toEqual(['85.57', '17.34', '5.79'])
  expect(loadsOf('sockets', first)).toEqual(['2.95', '0.60', '0.20'])
  expect(loadsOf('connections', first)).toEqual(['2.95', '0.60', '0.20'])
  expect(loadsOf('bytes/received', loads.take(figures, 2))).toEqual(['82.76', '17.23', '5.78'])
  expect(loadsOf('bytes/received', loads.take(figures, 2))).toEqual(['80.05', '17.11', '5.77'])
})

test.each([
  ['messages/received', 'messagesReceived'],
  ['messages/sent', 'messagesSent'],
  ['publish/dropped', 'publishDropped'],
  ['publish/received', 'publishReceived'],
  ['publish/sent', 'publishSent'],
  ['bytes/received', 'bytesReceived'],
  ['bytes/sent', 'bytesSent'],
  ['sockets', 'sockets'],
  ['connections', 'connections'],
] as const)('the load %s depends on one figure only', (name, figure) => {
  const messages = createLoads().take({ ...none, [figure]: 100 }, 60)
  expect(messages).toHaveLength(27)
  expect(messages.filter(({ text }) => text !== '0.00').map(({ topic }) => topic)).toEqual(
    ['1min', '5min', '15min'].map((span) => `$SYS/broker/load/${name}/${span}`),
  )
})

test('a steady rate becomes the load, whatever the interval is', () => {
  const loads = createLoads()
  let taken: readonly SysMessage[] = []
  for (let minute = 1; minute <= 300; minute++) taken = loads.take({ ...none, publishSent: 90 * minute }, 60)
  expect(loadsOf('publish/sent', taken)).toEqual(['90.00', '90.00', '90.00'])
})

test('a call when no time has passed changes nothing and loses nothing', () => {
  const loads = createLoads()
  const zero = loads.take({ ...none, messagesSent: 5 }, 0)
  expect(loadsOf('messages/sent', zero)).toEqual(['0.00', '0.00', '0.00'])
  expect(zero).toHaveLength(27)
  const whole = loads.take({ ...none, messagesSent: 8 }, 2)
  expect(loadsOf('messages/sent', whole)).toEqual(['7.87', '1.59', '0.53'])
  expect(loads.take({ ...none, messagesSent: 100 }, -1)).toEqual(whole)
  expect(loads.take({ ...none, messagesSent: 100 }, Number.NaN)).toEqual(whole)
})
