// The packages that can be offered: by product, module, version and the versions they can be applied to. Knows no bytes.

import { faultAt, OtaError } from '../../errors.ts'
import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { FirmwareInput } from '../inputs.ts'
import type { Digests, Firmware } from '../model.ts'
import type { Reads } from '../ports/store.ts'
import { fromFault } from '../rules/chains.ts'
import type { Ports } from '../state/context.ts'

const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  new Set([...a, ...b]).size === new Set(a).size && new Set(a).size === new Set(b).size

/** A version may have several packages, one for each set of versions that it can be applied to. */
const find = (reads: Reads, input: FirmwareInput): Firmware | undefined => {
  for (const firmware of reads.firmwares()) {
    const { product, module, version, from } = firmware
    if (product === input.product && module === input.module && version === input.version && isSameSet(from, input.from)) return firmware
  }
  return undefined
}

/** The same bytes under the same name are the same package; other bytes are refused. */
export const addFirmware = async (
  { reads, writes, now }: Pick<Ports, 'reads' | 'writes' | 'now'>,
  input: FirmwareInput,
  digests: Digests,
): Promise<{ firmware: Firmware; created: boolean }> => {
  const fault = fromFault(input)
  if (fault !== null)
    throw new OtaError('OTA_BAD_REQUEST', sentence('fault_at', { path: 'from', fault }), { faults: [faultAt('from', fault)] })
  const known = find(reads, input)
  if (known !== undefined && known.sha256 === digests.sha256) return { firmware: known, created: false }
  if (known !== undefined) {
    const { product, module, version } = input
    const params = { firmware: String(known.id), product, module, version, sha256: known.sha256 }
    throw new OtaError('OTA_FIRMWARE_DIFFERS', sentence('firmware_differs', params))
  }
  const firmware: Firmware = { ...input, ...digests, id: writes.nextId('firmware'), rev: 0, createdAt: now() }
  await writes.commit([{ put: 'firmware', value: firmware }])
  return { firmware: reads.firmware(firmware.id) ?? firmware, created: true }
}

export const imageInUse = (reads: Reads, sha256: string): boolean => {
  for (const firmware of reads.firmwares()) if (firmware.sha256 === sha256) return true
  return false
}

export const mustFind = (reads: Pick<Reads, 'firmware'>, id: number): Firmware => {
  const firmware = reads.firmware(id)
  if (firmware === undefined) throw new OtaError('OTA_FIRMWARE_UNKNOWN', sentence('firmware_unknown', { firmware: String(id) }))
  return firmware
}

const neededBy = (reads: Reads, { id }: Firmware): Sentence | null => {
  for (const { id: campaign, name, firmware, status } of reads.campaigns()) {
    if (firmware === id && status !== 'completed' && status !== 'canceled')
      return sentence('firmware_in_use_by_campaign', { firmware: String(id), campaign: String(campaign), name })
  }
  for (const task of reads.openTasks()) {
    if (task.firmware !== id) continue
    const params = { firmware: String(id), task: String(task.id), campaign: String(task.campaign) }
    return sentence('firmware_in_use_by_task', { ...params, name: reads.campaign(task.campaign)?.name ?? '' })
  }
  return null
}

export const removeFirmware = async ({ reads, writes }: Pick<Ports, 'reads' | 'writes'>, id: number): Promise<void> => {
  const firmware = mustFind(reads, id)
  const inUse = neededBy(reads, firmware)
  if (inUse !== null) throw new OtaError('OTA_FIRMWARE_IN_USE', inUse)
  await writes.commit([{ del: 'firmware', value: firmware }])
}
