// A rehearsal with simulated boards at a test station of a real server: what the station says to each and the figures that it counts are right.

import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { boardFaults } from '../../src/simulate/board-faults.ts'
import { callFogbell } from '../support/call-fogbell.ts'
import { full, isFull } from '../support/full.ts'
import { type InsideServer, startInside } from '../support/inside-server.ts'
import { addImage, makePlace } from '../support/server-fixture.ts'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 30_000 })

let server: InsideServer
let clean: () => Promise<void>
beforeEach(async () => {
  const place = await makePlace()
  clean = place.clean
  server = await startInside(join(place.path, 'data'))
  const firmware = await addImage(server, { product: 'lamp', version: '1.1.0' }, Buffer.alloc(20_000, 'image'))
  await server.call('PUT', '/procedures/lamp-fct', {
    product: 'lamp',
    process: 'FCT',
    firmware: [{ module: 'default', firmware }],
    steps: { connectSeconds: 3, updateSeconds: 30, restartSeconds: 4, selfTestSeconds: 4 },
    selfTest: {
      source: 'device',
      limits: [
        { name: 'vbat', unit: 'V', low: 3.1, high: 3.5 },
        { name: 'led', equals: true },
      ],
    },
  })
  await server.call('POST', '/procedures/lamp-fct/release')
  const slotAddresses = [11, 12, 13, 14].map((last) => `127.0.0.${last}`)
  await server.call('PUT', '/stations/fct-1', { slots: 4, procedure: 'lamp-fct', slotAddresses })
})
afterEach(async () => {
  await server.stop()
  await clean()
})

interface Line {
  readonly event: string
  readonly fault?: string | null
  readonly expected?: readonly string[]
  readonly said?: readonly string[]
  readonly isRight?: boolean
  readonly figures?: readonly { readonly name: string; readonly expected: number; readonly said: number }[]
}

const rehearse = async (...args: readonly string[]) => {
  const called = await callFogbell(['simulate', '--station', 'fct-1', '--data', server.data, '--json', ...args])
  const lines = called.stdout.split('\n').filter((line) => line !== '')
  return { ...called, lines: lines.map((line): Line => JSON.parse(line)) }
}

const quick = ['bad-hash', 'download-error', 'selftest-fails', 'scanned-twice', 'aborted', 'wrong-slot', 'two-names', 'wrong-secret']

it('boards with faults are judged as they must be, and the figures are right', async () => {
  const faults = isFull ? 'all' : quick.join()
  const { status, lines, stderr } = await rehearse('--boards', String(full(40, 12)), '--faults', faults)
  const differing = lines.filter(({ event, isRight }) => event === 'board' && isRight !== true)
  expect([differing, stderr]).toEqual([[], ''])
  const summary = lines.find(({ event }) => event === 'summary')
  expect(summary?.figures?.filter(({ expected, said }) => expected !== said)).toEqual([])
  expect(summary?.figures?.find(({ name }) => name === 'units')?.said).toBeGreaterThan(5)
  expect(new Set(lines.flatMap(({ fault }) => fault ?? []))).toEqual(new Set(isFull ? boardFaults : quick))
  expect(status).toBe(0)
})
