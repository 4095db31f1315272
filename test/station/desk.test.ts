// What a station remembers beside its runs, when several things change it at once.

import { expect, it } from 'vitest'
import { createStationFixture } from '../support/station-fixture.ts'

it('an acknowledgement and a scan at another slot at the same time both count', async () => {
  const station = await createStationFixture({ station: { slots: 2 } })
  const [first, second] = [await station.begin('SN-1', 1), await station.begin('SN-2', 2)]
  await station.pass(91)
  expect([(await station.run(first.id)).outcome, (await station.run(second.id)).outcome]).toEqual(['failed', 'failed'])
  const { runs, stations } = station.stations
  await runs.scan('fct-1', { text: 'FB:OK', slot: 1 })
  await Promise.all([
    runs.scan('fct-1', { text: 'SN-3', slot: 1 }),
    runs.scan('fct-1', { text: 'FB:OK', slot: 2 }),
    runs.scan('fct-1', { text: 'FB:WO:WO-7' }),
    runs.scan('fct-1', { text: 'FB:OP:mei' }),
  ])
  await station.settle()
  const { slotViews, workOrder, operatorName } = await stations.view('fct-1')
  expect(slotViews.map(({ run, isAcknowledged }) => [run?.serial, isAcknowledged])).toEqual([
    ['SN-3', false],
    ['SN-2', true],
  ])
  expect([workOrder, operatorName]).toEqual(['WO-7', 'mei'])
})
