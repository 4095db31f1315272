// Bodies and queries for the routes of the admin API for the fuzz: right ones with odd values in some places, and broken text. Knows no HTTP.

import { mutate } from './chance.mjs'

export const odd = [
  '',
  '0',
  '-1',
  '1e3',
  '999999',
  '99999999999999999999',
  '__proto__',
  '..',
  '%00',
  '\u0000',
  'a/b',
  '\u{1f600}',
  '\ud800',
  'x'.repeat(3000),
  'null',
  'true',
  '[1]',
  "' or 1=1",
]
const oddValues = [null, true, 0, -1, 1.5, 1e308, '', 'x', [], {}, [[]], { a: 1 }, '\u0000', '2026-13-45T99:99:99Z', 'x'.repeat(2000)]

const valueAt = (value, path) => path.reduce((at, key) => at[key], value)

const placesIn = (value, path = []) =>
  value !== null && typeof value === 'object'
    ? Object.keys(value).flatMap((key) => [[...path, key], ...placesIn(value[key], [...path, key])])
    : []

const spoilField = (chance, holder, name) => {
  holder[name] = chance.one(oddValues)
}
const addField = (chance, holder) => {
  holder[chance.one(['extra', '__proto__', 'toString'])] = chance.one(oddValues)
}
const removeField = (_chance, holder, name) => {
  delete holder[name]
}

/** A copy with odd values in one or two places, or a name that no one knows. */
export const spoilValue = (chance, value) => {
  const copy = structuredClone(value)
  for (let left = chance.between(1, 2); left > 0; left -= 1) {
    const places = placesIn(copy)
    if (places.length === 0) return chance.one(oddValues)
    const path = chance.one(places)
    const holder = valueAt(copy, path.slice(0, -1))
    chance.one([spoilField, spoilField, spoilField, addField, removeField])(chance, holder, path.at(-1))
  }
  return copy
}

const deviceName = (chance, { pool }) => `w${chance.below(pool)}`
export const webProduct = 'web'

const device = (chance, pools) => ({
  ...(chance.happens(0.5) && { secret: chance.one(['0123456789abcdef0123456789abcdef', 'short', null]) }),
  ...(chance.happens(0.3) && { gateway: chance.one([`${webProduct}/${deviceName(chance, pools)}`, null, 'x']) }),
  ...(chance.happens(0.5) && { tags: Array.from({ length: chance.below(5) }, () => chance.one(['a', 'b', 'floor-2', ''])) }),
})

const phases = ['next', 'wait'].map((then) => JSON.parse(`[{"percent":10,"soakSeconds":1,"then":"${then}"},{"percent":50}]`))

const campaign = (chance, pools) => ({
  firmware: chance.one(pools.firmwares()) ?? '999999',
  ...(chance.happens(0.5) && { start: true }),
  ...(chance.happens(0.3) && { name: 'a campaign' }),
  ...(chance.happens(0.4) && {
    target: {
      ...(chance.happens(0.5) && { devices: [`fuzz/d${chance.below(pools.pool)}`, `fuzz/d${chance.below(pools.pool)}`] }),
      ...(chance.happens(0.3) && { tags: ['a'] }),
      ...(chance.happens(0.3) && { exclude: ['fuzz/d1'] }),
      ...(chance.happens(0.3) && { continuous: true }),
    },
  }),
  ...(chance.happens(0.4) && { phases: chance.one(phases) }),
  ...(chance.happens(0.3) && { abort: [{ on: 'failed', percent: 10 }] }),
  ...(chance.happens(0.3) && { rate: { maxInProgress: 10, perMinute: 100 } }),
  ...(chance.happens(0.3) && { retry: { max: 2, delaySeconds: 30 } }),
  ...(chance.happens(0.3) && { schedule: { windows: [{ cron: '0 2 * * *', minutes: 60, timeZone: 'Europe/Berlin' }] } }),
  ...(chance.happens(0.3) && { overwrite: true }),
})

const csvLine = (chance, pools) =>
  [
    chance.happens(0.9) ? webProduct : chance.one(odd),
    chance.happens(0.9) ? deviceName(chance, pools) : chance.one(odd),
    chance.happens(0.8) ? '' : '"a ""quoted"" secret"',
    chance.happens(0.9) ? '' : `${webProduct}/${deviceName(chance, pools)}`,
    chance.one(['', 'a', 'a;b', '"a\nb"', '=1+1']),
  ].join(',')

const csv = (chance, pools) => {
  const head = chance.one([
    'product,name,secret,gateway,tags',
    'name,product',
    'product;name',
    '\ufeffproduct,name,secret,gateway,tags',
    '',
  ])
  return [head, ...Array.from({ length: chance.between(0, 30) }, () => csvLine(chance, pools))].join(chance.one(['\n', '\r\n', '\r']))
}

const value = (chance, path, pools) => {
  if (path === '/api/v1/campaigns') return campaign(chance, pools)
  if (path.startsWith('/api/v1/devices/')) return device(chance, pools)
  return chance.one([{}, { phase: 2 }, { force: true }, { devices: ['fuzz/d1'] }])
}

/** A body for the route, right or wrong. */
export const bodyFor = (chance, { path, type }, pools) => {
  if (type === 'application/octet-stream') return chance.bytes(chance.one([0, 1, 100, 5000]))
  const right =
    type === 'text/csv'
      ? csv(chance, pools)
      : JSON.stringify(chance.happens(0.5) ? value(chance, path, pools) : spoilValue(chance, value(chance, path, pools)))
  const bytes = Buffer.from(right ?? '')
  if (chance.happens(0.2) && bytes.length > 0) return mutate(chance, bytes)
  if (chance.happens(0.01)) return Buffer.from('['.repeat(chance.one([1000, 200_000])))
  return bytes
}

const queryValues = {
  limit: ['1', '10', '1000', '1001'],
  after: ['1', '20'],
  product: ['fuzz', 'web', 'web'],
  version: ['1.0.0', '2.0.0', '3.0.0', '4.0.0'],
  module: ['default', 'mcu', 'wifi'],
  signMethod: ['MD5', 'SHA256', 'CRC'],
  from: ['1.0.0', '2.0.0'],
  online: ['true', 'false'],
  tag: ['a', 'b'],
  state: ['queued', 'failed', 'succeeded'],
  attempts: ['all'],
  device: ['fuzz/d1', 'web/w1', 'web/w2'],
  dryRun: ['true', 'true', 'false'],
  lastEventId: ['1', '0'],
  description: ['a description'],
}

/** Queries for the route: those it has, sometimes with odd values, twice, or ones that it does not have. */
export const queryFor = (chance, { queries, needed }) => {
  const search = new URLSearchParams()
  for (const name of queries) {
    if (!needed.includes(name) && chance.happens(0.6)) continue
    search.append(name, chance.happens(0.8) ? (chance.one(queryValues[name] ?? ['1']) ?? '1') : chance.one(odd))
    if (chance.happens(0.05)) search.append(name, chance.one(odd))
  }
  if (chance.happens(0.05)) search.append(chance.one(['unknown', '__proto__', 'limit[]', '']), chance.one(odd))
  const written = search.toString()
  if (chance.happens(0.05)) return `?${written}${chance.one(['&', '&&=', '%zz', '&a=%ff', '?', '&limit=1'])}`
  return written === '' ? '' : `?${written}`
}
