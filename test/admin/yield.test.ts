// Yield by the API: what is asked of the stations, and what is made of their figures.

import { expect, test } from 'vitest'
import { createAdminFixture, itemsOf, startTime } from '../support/admin-fixture.ts'
import { someFigures } from '../support/stations-fake.ts'

const path = '/api/v1/yield'
const hour = 3_600_000

test('figures have shares with what they are of, times, and faults', async () => {
  const { call, stations } = await createAdminFixture()
  stations.figures = [someFigures({ station: 'fct-1', shift: startTime })]
  const { body } = await call('GET', `${path}?group=station,shift`)
  expect(Object.values(body['items'] ?? {})[0]).toMatchObject({
    key: { station: 'fct-1', shift: '2026-01-02T03:04:05.000Z', process: null },
    units: 5,
    fpy: { part: 2, of: 5 },
    finalYield: { part: 4, of: 5 },
    retestRate: { part: 3, of: 5 },
    ntf: 2,
    unitsPerHour: null,
    pareto: [
      { code: 'SELFTEST_FAILED', count: 3, cumulative: { part: 3, of: 4 } },
      { code: 'LOST', count: 1, cumulative: { part: 4, of: 4 } },
    ],
  })
  expect([body['rty'], body['next']]).toEqual([{ part: 2, of: 5 }, null])
})

test('units per hour are a number from ten units on', async () => {
  const { call, stations } = await createAdminFixture()
  const ofUnits = (units: number) => ({ ...someFigures({}), figures: { ...someFigures({}).figures, units } })
  for (const [units, wanted] of [
    [9, null],
    [10, 10],
  ] as const) {
    stations.figures = [ofUnits(units)]
    expect((await call('GET', path)).body['items']).toMatchObject([{ units, unitsPerHour: wanted }])
  }
})

test('what has no units has no share', async () => {
  const { call } = await createAdminFixture()
  const { body } = await call('GET', path)
  expect([body['items'], body['rty']]).toEqual([[], null])
})

test('the figures are read once, for what is asked and for the route', async () => {
  const { call, stations } = await createAdminFixture()
  const rowOf = (station: string, process: string) => someFigures({ station, process })
  stations.figures = [rowOf('a', 'FCT'), rowOf('a', 'ICT'), rowOf('b', 'FCT')]
  const grouped = await call('GET', `${path}?group=station`)
  expect(stations.asked).toHaveLength(1)
  expect(itemsOf(grouped)).toMatchObject([
    { key: { station: 'a', process: null }, units: 10, firstPassed: 4 },
    { key: { station: 'b', process: null }, units: 5, firstPassed: 2 },
  ])
  // 4 of 10 and 2 of 5, of the fewest units.
  expect(grouped.body['rty']).toMatchObject({ of: 5 })
  expect(Number(grouped.body['rty']?.['part'])).toBeCloseTo(0.8)
  expect(itemsOf(await call('GET', path))).toMatchObject([{ key: { station: null, process: null }, units: 15 }])
})

test('groups, filters and times are passed on', async () => {
  const { call, stations } = await createAdminFixture()
  await call(
    'GET',
    `${path}?group=version,station,version&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&station=fct-1&process=FCT&product=lamp`,
  )
  const span = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 0, 2) }
  const filter = { ...span, station: 'fct-1', process: 'FCT', product: 'lamp' }
  expect(stations.asked.map((asked) => JSON.parse(asked)[1])).toEqual([{ ...filter, group: ['station', 'version', 'process'] }])
  for (const query of ['group=', 'group=color', 'group=station,,shift', 'group=__proto__', 'from=now', 'shift=year'])
    expect([query, (await call('GET', `${path}?${query}`)).status]).toEqual([query, 400])
})

test('the shift of now, and the shifts of today, stand for times', async () => {
  const { call, stations } = await createAdminFixture()
  const current = Date.UTC(2026, 0, 2)
  await call('GET', `${path}?shift=current`)
  expect(JSON.parse(stations.asked.at(-1) ?? '')[1]).toMatchObject({ from: current, to: current + 8 * hour })
  await call('GET', `${path}?shift=today`)
  expect(JSON.parse(stations.asked.at(-1) ?? '')[1]).toMatchObject({ from: current, to: current + 24 * hour })
  await call('GET', `${path}?shift=month`)
  expect(JSON.parse(stations.asked.at(-1) ?? '')[1]).toMatchObject({ from: current - 29 * 24 * hour, to: current + 24 * hour })
  const both = await call('GET', `${path}?shift=today&from=2026-01-01T00:00:00Z`)
  expect([both.status, itemsOf(both)]).toEqual([400, []])
})
