// What a path or a query names, found among the records or refused as unknown. Knows no route.

import { OtaError } from '../errors.ts'
import { type Campaign, type Device, deviceKey, type Firmware, type Task } from '../ota/model.ts'
import type { Queries, Reads } from '../ota/ports/store.ts'
import { sentence } from '../sentences/sentence.ts'
import { parseId } from './paging.ts'

export const unknownFirmware = (firmware: string): OtaError =>
  new OtaError('OTA_FIRMWARE_UNKNOWN', sentence('firmware_unknown', { firmware }))

const unknownTask = (task: string): OtaError => new OtaError('OTA_TASK_UNKNOWN', sentence('task_unknown', { task }))

const byId = <T>(find: (id: number) => T | undefined, text: string): T | undefined => {
  const id = parseId(text)
  return id === undefined ? undefined : find(id)
}

/** The package of that id, or OTA_FIRMWARE_UNKNOWN. */
export const firmwareOf = (reads: Pick<Reads, 'firmware'>, text: string): Firmware => {
  const firmware = byId((id) => reads.firmware(id), text)
  if (firmware === undefined) throw unknownFirmware(text)
  return firmware
}

/** The campaign of that id, or OTA_CAMPAIGN_UNKNOWN. */
export const campaignOf = (reads: Pick<Reads, 'campaign'>, text: string): Campaign => {
  const campaign = byId((id) => reads.campaign(id), text)
  if (campaign === undefined) throw new OtaError('OTA_CAMPAIGN_UNKNOWN', sentence('campaign_unknown', { campaign: text }))
  return campaign
}

/** The device of that path, or OTA_DEVICE_UNKNOWN. */
export const deviceOf = (reads: Pick<Reads, 'device'>, { product, name }: { product: string; name: string }): Device => {
  const key = deviceKey(product, name)
  const device = reads.device(key)
  if (device === undefined) throw new OtaError('OTA_DEVICE_UNKNOWN', sentence('device_unknown', { device: key }))
  return device
}

/** The id of a task, or OTA_TASK_UNKNOWN where it cannot be one. */
export const taskIdOf = (text: string): number => {
  const id = parseId(text)
  if (id === undefined) throw unknownTask(text)
  return id
}

/** The task of that id, or OTA_TASK_UNKNOWN. */
export const taskOf = async (queries: Pick<Queries, 'task'>, text: string): Promise<Task> => {
  const task = await queries.task(taskIdOf(text))
  if (task === undefined) throw unknownTask(text)
  return task
}

/** OTA_DEVICE_UNKNOWN where there is neither the device nor a task of it: one that was removed has left its tasks. */
export const checkDeviceOfTasks = async (reads: Pick<Reads, 'device'>, queries: Pick<Queries, 'tasks'>, device: string): Promise<void> => {
  if (reads.device(device) !== undefined) return
  const { items } = await queries.tasks({ device, allAttempts: true, limit: 1 })
  if (items.length === 0) throw new OtaError('OTA_DEVICE_UNKNOWN', sentence('device_and_tasks_unknown', { device }))
}
