// The firmware that is offered: packages by product, module, version and what they can be applied to. The bytes are the firmware room's.

import { OtaError } from '../../errors.ts'
import type { FirmwareInput } from '../inputs.ts'
import type { Core } from '../memory/core.ts'
import type { Digests, Firmware } from '../model.ts'

const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  new Set([...a, ...b]).size === new Set(a).size && new Set(a).size === new Set(b).size

/** A version may have several packages, one for each set of versions that it can be applied to. */
const find = (core: Core, input: FirmwareInput): Firmware | undefined => {
  for (const firmware of core.store.reads.firmwares()) {
    const { product, module, version, from } = firmware
    if (product === input.product && module === input.module && version === input.version && isSameSet(from, input.from)) return firmware
  }
  return undefined
}

/** Why the package can have no such sources; null: it can. */
export const fromFault = ({ from, version }: Pick<FirmwareInput, 'from' | 'version'>): string | null =>
  from.includes(version)
    ? `names ${version}, which the package leads to: leave that out; devices on it are updated again only by a campaign with \`reflash\``
    : null

/** The same bytes under the same name are the same package; other bytes are refused. */
export const addFirmware = async (
  core: Core,
  input: FirmwareInput,
  digests: Digests,
): Promise<{ firmware: Firmware; created: boolean }> => {
  const fault = fromFault(input)
  if (fault !== null) throw new OtaError('OTA_BAD_REQUEST', `from ${fault}`, { faults: [{ path: 'from', message: fault }] })
  const standing = find(core, input)
  if (standing !== undefined && standing.sha256 === digests.sha256) return { firmware: standing, created: false }
  if (standing !== undefined) {
    throw new OtaError(
      'OTA_FIRMWARE_DIFFERS',
      `firmware ${standing.id} is ${input.product} ${input.module} ${input.version} with other bytes (SHA-256 ${standing.sha256}); ` +
        'give the new image another version, or remove the old one first',
    )
  }
  const firmware: Firmware = { ...input, ...digests, id: core.store.writes.nextId('firmware'), rev: 0, createdAt: core.now() }
  await core.store.writes.commit([{ put: 'firmware', value: firmware }])
  return { firmware: core.store.reads.firmware(firmware.id) ?? firmware, created: true }
}

export const imageInUse = (core: Core, sha256: string): boolean => {
  for (const firmware of core.store.reads.firmwares()) if (firmware.sha256 === sha256) return true
  return false
}

export const mustFind = (core: Core, id: number): Firmware => {
  const firmware = core.store.reads.firmware(id)
  if (firmware === undefined) throw new OtaError('OTA_FIRMWARE_UNKNOWN', `there is no firmware ${id}: see \`fogbell firmware list\``)
  return firmware
}

const neededBy = (core: Core, firmware: Firmware): string | null => {
  for (const task of core.store.reads.openTasks()) if (task.firmware === firmware.id) return `open task ${task.id}`
  for (const campaign of core.store.reads.campaigns()) {
    if (campaign.firmware === firmware.id && campaign.status !== 'completed' && campaign.status !== 'canceled')
      return `campaign ${campaign.id}`
  }
  return null
}

export const removeFirmware = async (core: Core, id: number): Promise<void> => {
  const firmware = mustFind(core, id)
  const user = neededBy(core, firmware)
  if (user !== null) throw new OtaError('OTA_FIRMWARE_IN_USE', `${user} needs firmware ${id}; cancel it first`)
  await core.store.writes.commit([{ del: 'firmware', value: firmware }])
}
