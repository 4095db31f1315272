// The fixture of the core with many devices that have reported 1.0.0, and what they do in tests of campaigns.

import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { createOtaFixture, type OtaFixture, type OtaFixtureOptions } from './ota-fixture.ts'

export interface OtaDevicesFixture extends OtaFixture {
  readonly connections: Map<string, Connection>
  /** `pk/d0`, `pk/d1`, …: known and subscribed. */
  bring(count: number, from?: number): Promise<void>
  /** Devices that were notified of a package, each once, in order. */
  notified(): readonly string[]
  connection(device: string): Connection
  succeed(device: string): Promise<void>
  fail(device: string): Promise<void>
  succeedAll(): Promise<void>
  restart(away?: number): Promise<OtaDevicesFixture>
}

const withDevices = (core: OtaFixture, connections: Map<string, Connection>): OtaDevicesFixture => {
  const { restart } = core
  const fixture: OtaDevicesFixture = Object.assign(core, {
    connections,
    async bring(count: number, from = 0) {
      for (let at = from; at < from + count; at++) connections.set(`pk/d${at}`, await fixture.known(`d${at}`))
    },
    notified: () => [...new Set(fixture.sent.filter(({ method }) => method === 'firmware.post').map(({ to }) => to))],
    connection(device: string) {
      const connection = connections.get(device)
      if (connection === undefined) throw new Error(`${device} is not connected`)
      return connection
    },
    succeed: (device: string) => fixture.say(fixture.connection(device), 'version.post', { version: '1.1.0', module: 'mcu' }),
    fail: (device: string) => fixture.say(fixture.connection(device), 'upgrade.post', { step: -1, module: 'mcu' }),
    async succeedAll() {
      for (const device of fixture.notified()) await fixture.succeed(device)
    },
    restart: async (away?: number) => withDevices(await restart(away), connections),
  })
  return fixture
}

export const createOtaDevicesFixture = async (options?: OtaFixtureOptions): Promise<OtaDevicesFixture> =>
  withDevices(await createOtaFixture(options), new Map())
