// A scene for tests of the core: one package of product `pk`, and devices that join, report and are told.

import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { addFirmware, createHouse, type House, type HouseOptions } from './house.ts'

export interface Scene {
  house: House
  firmware: number
  /** Begins anew, with other settings. */
  open(options?: HouseOptions): Promise<void>
  /** Creates and starts a campaign for the package. */
  start(input?: object): Promise<number>
  /** A device that has reported its version, subscribed. */
  known(name?: string, version?: string): Promise<Connection>
  /** How often the device was told of a package. */
  pushes(to?: string): number
}

export const createScene = async (options: HouseOptions = {}): Promise<Scene> => {
  const house = await createHouse(options)
  const scene: Scene = {
    house,
    firmware: await addFirmware(house),
    async open(other = {}) {
      scene.house = await createHouse(other)
      scene.firmware = await addFirmware(scene.house)
    },
    async start(input = {}) {
      const campaign = await scene.house.core.operators.campaigns.create({ firmware: scene.firmware, ...input })
      await scene.house.core.operators.campaigns.start(campaign.id)
      await scene.house.settle()
      return campaign.id
    },
    async known(name = 'dn', version = '1.0.0') {
      const connection = await scene.house.join(`pk/${name}`)
      await scene.house.say(connection, 'version.post', { version, module: 'mcu' })
      return connection
    },
    pushes: (to = 'pk/dn') => scene.house.sent.filter((message) => message.to === to && message.method === 'firmware.post').length,
  }
  return scene
}
