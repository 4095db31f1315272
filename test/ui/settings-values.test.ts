// What the settings show and send: values, certificates, webhooks.

import { expect, test } from 'vitest'
import { alertTypes } from '../../src/alerts.ts'
import { daysMark } from '../../src/ui/app/settings/days.ts'
import { groupSettings, settingText } from '../../src/ui/app/settings/setting-values.ts'
import { webhookBody, webhookValues } from '../../src/ui/app/settings/webhook-body.ts'

const setting = (path: string, source: 'default' | 'file', value: unknown = 1) => ({
  path,
  value,
  source,
  from: source === 'file' ? '/etc/fogbell.json' : null,
  description: 'How many at once.',
})

test('settings that somebody has set come first, and all words of the filter must be found', () => {
  const all = [setting('ota.perMinute', 'default'), setting('mqtt.users', 'file'), setting('ota.maxInProgress', 'file')]
  const paths = (filter: string) => {
    const { given, defaults } = groupSettings(all, filter)
    return [given.map(({ path }) => path), defaults.map(({ path }) => path)]
  }
  expect(paths('')).toEqual([['mqtt.users', 'ota.maxInProgress'], ['ota.perMinute']])
  expect(paths(' OTA etc ')).toEqual([['ota.maxInProgress'], []])
})

test('secrets are masked wherever they are, and other values are written plainly', () => {
  const users = [{ name: 'mei', hash: { hidden: true } }]
  expect([{ hidden: true }, users, '', 'debug', false, null].map(settingText)).toEqual([
    '•••',
    '[{"name":"mei","hash":"•••"}]',
    '""',
    'debug',
    'false',
    '–',
  ])
})

test('a certificate is urgent in its last 30 days, and more so when it is over', () => {
  expect([30, 29, 0, -1].map(daysMark)).toEqual(['good', 'warn', 'warn', 'bad'])
})

test('a new webhook is sent with what was typed; all events are none in particular', () => {
  const values = { ...webhookValues(null), name: ' ops ', url: 'https://a.example/', products: 'lamp， pump' }
  expect(webhookBody(values, null)).toEqual({ name: 'ops', url: 'https://a.example/', products: ['lamp', 'pump'] })
  const fewer = { ...values, products: '', 'on store.failed': '', secret: 'a secret of mine' }
  const events = alertTypes.filter((type) => type !== 'store.failed')
  expect(webhookBody(fewer, null)).toEqual({ name: 'ops', url: 'https://a.example/', events, secret: 'a secret of mine' })
})

test('of a webhook that is changed only what was changed is sent: neither its URL nor its secret can be read', () => {
  const webhook = { events: ['store.failed'] as const, products: ['lamp'] }
  const values = webhookValues(webhook)
  expect(webhookBody(values, webhook)).toEqual({})
  expect(webhookBody({ ...values, products: '' }, webhook)).toEqual({ products: [] })
  expect(webhookBody({ ...values, 'on task.failed': 'true' }, webhook)).toEqual({ events: ['task.failed', 'store.failed'] })
  expect(webhookBody({ ...values, renew: 'true', forgetCa: 'true' }, webhook)).toEqual({ secret: null, ca: null })
})
