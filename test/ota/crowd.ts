// A scene with many devices that have reported 1.0.0, and the few things they do in tests of campaigns.

import type { Connection } from '../../src/ota/ports/mqtt.ts'
import type { HouseOptions } from './house.ts'
import { createScene, type Scene } from './scene.ts'

export interface Crowd {
  readonly scene: Scene
  readonly connections: Map<string, Connection>
  /** `pk/d0`, `pk/d1`, …: known and subscribed. */
  bring(count: number, from?: number): Promise<void>
  /** Who was told of a package, each once, in order. */
  told(): readonly string[]
  connection(device: string): Connection
  succeed(device: string): Promise<void>
  fail(device: string): Promise<void>
  succeedAll(): Promise<void>
}

export const createCrowd = async (options?: HouseOptions): Promise<Crowd> => {
  const scene = await createScene(options)
  const connections = new Map<string, Connection>()
  const crowd: Crowd = {
    scene,
    connections,
    async bring(count, from = 0) {
      for (let at = from; at < from + count; at++) connections.set(`pk/d${at}`, await scene.known(`d${at}`))
    },
    told: () => [...new Set(scene.house.sent.filter(({ method }) => method === 'firmware.post').map(({ to }) => to))],
    connection(device) {
      const connection = connections.get(device)
      if (connection === undefined) throw new Error(`${device} is not there`)
      return connection
    },
    succeed: (device) => scene.house.say(crowd.connection(device), 'version.post', { version: '1.1.0', module: 'mcu' }),
    fail: (device) => scene.house.say(crowd.connection(device), 'upgrade.post', { step: -1, module: 'mcu' }),
    async succeedAll() {
      for (const device of crowd.told()) await crowd.succeed(device)
    },
  }
  return crowd
}
