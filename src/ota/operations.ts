// What operators may ask of the core, put together from its parts: ports/operators.ts over one shared context.

import { admit } from './campaigns/admit.ts'
import { addFirmware, imageInUse, removeFirmware } from './campaigns/catalog.ts'
import { campaignWarnings, dryRun } from './campaigns/dry-run.ts'
import { editCampaign, removeCampaign } from './campaigns/edit.ts'
import { why } from './campaigns/explain.ts'
import { free, hold } from './campaigns/held-devices.ts'
import { gateNow, waitReason } from './campaigns/holds.ts'
import {
  cancelCampaign,
  createCampaign,
  launchCampaign,
  nextPhase,
  pauseCampaign,
  resumeCampaign,
  startCampaign,
} from './campaigns/lifecycle.ts'
import { retryCampaign } from './campaigns/retry.ts'
import { openCampaign } from './campaigns/station-campaigns.ts'
import { cancelTask, pushTask } from './campaigns/task-operations.ts'
import { forgetCredential, importDevices, patchDevice, putDevice, removeDevice } from './devices/registry.ts'
import type { Device, DeviceKey, TimelineRow } from './model.ts'
import type { Operators } from './ports/operators.ts'
import type { Reads } from './ports/store.ts'
import type { Census } from './state/census.ts'
import type { Context, Part } from './state/context.ts'
import { timesOutAt } from './tick.ts'

const timelineOf = async ({ ports, connections }: Part<'ports' | 'connections'>, key: DeviceKey): Promise<readonly TimelineRow[]> => {
  const waiting = connections.timeline.waitingOf(key)
  const stored = await ports.queries.timeline(key)
  // Some may be on disk now, or since before the store has said so.
  const known = new Set(waiting.length === 0 ? [] : stored.map((row) => JSON.stringify(row)))
  const left = waiting.filter((row) => !known.has(JSON.stringify(row)))
  return [...stored, ...left].sort((one, other) => one.at - other.at)
}

const keyOf = (device: DeviceKey | Device): DeviceKey => (typeof device === 'string' ? device : device.key)
const recordOf = (reads: Reads, device: DeviceKey | Device): Device | undefined =>
  typeof device === 'string' ? reads.device(device) : device

const deviceOperations = (context: Context): Operators['devices'] => {
  const { ports, connections } = context
  return {
    put: (product, name, input) => putDevice(context, product, name, input),
    patch: (key, input) => patchDevice(context, key, input),
    import: (rows) => importDevices(context, rows),
    remove: (key) => removeDevice(context, key),
    forgetCredential: (key) => forgetCredential(context, key),
    presence(of) {
      const device = recordOf(ports.reads, of)
      return device === undefined ? 'offline' : connections.presence(device)
    },
    lastSeen: (of) => connections.lastSeen(keyOf(of)) ?? recordOf(ports.reads, of)?.lastSeen ?? null,
    connectionNote: (key) => connections.noteOf(key),
    why: (key, module) => why(context, key, module),
    timeline: (key) => timelineOf(context, key),
  }
}

function* addressesOf({ connections }: Part<'connections'>): Iterable<readonly [DeviceKey, string]> {
  for (const { connection } of connections.all()) if (connection.address !== undefined) yield [connection.device, connection.address]
}

const connectionOperations = ({ ports, connections }: Context): Operators['connections'] => ({
  addresses: () => addressesOf({ connections }),
  refused: connections.refusals.all,
  address: (of) => connections.of(keyOf(of))?.connection.address ?? recordOf(ports.reads, of)?.address ?? null,
  since: (key) => connections.of(key)?.since ?? null,
  isContended: (key) => connections.contentions.of(key) !== null,
})

const campaignOperations = (context: Context): Operators['campaigns'] => ({
  create: (input) => createCampaign(context.ports, input),
  warnings: (input) => campaignWarnings(context.ports, input),
  launch: (input, by) => launchCampaign(context, input, by),
  dryRun: (input, limit) => dryRun(context.ports, input, limit),
  start: (id, by) => startCampaign(context, id, by),
  pause: (id, by) => pauseCampaign(context, id, by),
  resume: (id, by) => resumeCampaign(context, id, by),
  cancel: (id, force, by) => cancelCampaign(context, id, force, by),
  nextPhase: (id, wanted, by) => nextPhase(context, id, wanted, by),
  retry: (id, devices, by) => retryCampaign(context, id, devices, by),
  gate: (campaign) => gateNow(context, campaign),
  unreported: (id) => context.queue.unreported(id),
})

const stationOperations = (context: Context): Operators['stations'] => ({
  openCampaign: (input) => openCampaign(context, input),
  admit: (campaign, device, reflash) => admit(context, campaign, device, reflash),
  cancelTask: (id) => cancelTask(context, id).then(() => undefined),
  hold: (device) => hold(context, device),
  free: (device) => free(context, device),
  away: () => context.clocks.uptime.away,
})

/** `census`: what is counted beside the store. */
export const operatorsOf = (context: Context, census: Census): Operators => {
  const { ports, connections } = context
  const { reads, queries } = ports
  return {
    reads,
    queries,
    firmware: {
      add: (input, digests) => addFirmware(ports, input, digests),
      imageInUse: (sha256) => imageInUse(reads, sha256),
      remove: (id) => removeFirmware(ports, id),
    },
    devices: deviceOperations(context),
    connections: connectionOperations(context),
    fleet: census,
    campaigns: campaignOperations(context),
    campaignEdits: {
      edit: (id, changes) => editCampaign(ports, id, changes),
      remove: (id) => removeCampaign(context, id),
    },
    tasks: {
      waitReason: (task) => waitReason(context, task),
      timesOutAt: (task) => timesOutAt(context, task),
      bytes: (task) => connections.signs.of(task.id)?.bytes ?? task.bytes,
      cancel: (id) => cancelTask(context, id),
      push: (id) => pushTask(context, id),
    },
    stations: stationOperations(context),
  }
}
