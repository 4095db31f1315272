// fogbell device watch: a device's messages and events, live.

import type { Command } from 'commander'
import { devicePath } from './api-client.ts'
import type { DeviceEvent, DeviceView, MessageEvent, TaskView } from './api-records.ts'
import { addCommand, type Call, type Cli, deviceArgument } from './command.ts'
import { clean, localClock } from './format.ts'
import { problemOf } from './problem-text.ts'
import { outcome } from './progress.ts'
import { follow, type StreamItem } from './sse.ts'
import { interruptible } from './watch.ts'

const arrows = { up: '->', down: '<-', refused: 'refused' } as const

/** What was last shown of each task: an event for more bytes need not change it. */
type Shown = Map<string, string>

const taskLine = ({ output, io }: Call, task: TaskView, shown: Shown): string | undefined => {
  const text = `task ${task.id} ${outcome(task)}${task.step === null ? '' : `, ${task.step} %`}`
  if (shown.get(task.id) === text) return undefined
  shown.set(task.id, text)
  return `${output.colors.dim(localClock(new Date(io.now()).toISOString()))}  ${text}`
}

/** One line of what happened, or undefined for what is not shown. */
const lineOf = (call: Call, event: string, data: unknown, shown: Shown): string | undefined => {
  const { output } = call
  const { dim, red } = output.colors
  if (event === 'message') {
    const { direction, text, at } = data as MessageEvent
    const arrow = direction === 'refused' ? red(arrows.refused) : arrows[direction]
    return `${dim(localClock(at))}  ${arrow} ${clean(text)}`
  }
  if (event === 'device') {
    const { what, detail, address, newAddress, at } = data as DeviceEvent
    // Its message says more.
    if (what === 'refused') return undefined
    const places = [address === undefined ? '' : ` from ${clean(address)}`, newAddress === undefined ? '' : ` by ${clean(newAddress)}`]
    return `${dim(localClock(at))}  ${clean(what)}${detail === undefined ? '' : ` ${clean(detail)}`}${places.join('')}`
  }
  return event === 'task' ? taskLine(call, data as TaskView, shown) : undefined
}

const show = (call: Call, item: StreamItem, shown: Shown): void => {
  const { output } = call
  if (item.kind === 'event') {
    const data: unknown = JSON.parse(item.data)
    const line = output.json ? undefined : lineOf(call, item.event, data, shown)
    if (output.json) output.value({ event: item.event, data })
    else if (line !== undefined) output.line(line)
  } else if (output.json) return
  else if (item.kind === 'lost') output.note(`connection to the server lost (${item.why}); trying again`)
  else if (item.kind === 'reset') output.note('some events were lost')
}

/** An unknown device may be a misspelling, or one that has not been switched on yet: says so, and the watch keeps waiting. */
const noteUnknown = async ({ client, output }: Call, device: string): Promise<void> => {
  const isUnknown = await client.get<DeviceView>(devicePath(device)).then(
    () => false,
    // Any other failure happens again below and is handled there.
    (thrown: unknown) => problemOf(thrown).code === 'OTA_DEVICE_UNKNOWN',
  )
  if (isUnknown) output.note(`device ${clean(device)} is unknown; waiting for it to connect. Check the spelling: fogbell device list`)
}

const watchDevice = (call: Call, device: string): Promise<number> =>
  interruptible(
    call,
    async (signal) => {
      if (!call.output.json) call.output.note(call.output.colors.dim(`watching ${clean(device)}; Ctrl-C stops`))
      if (!call.output.json) await noteUnknown(call, device)
      const items = follow({ io: call.io, signal, connect: (lastId, stop) => call.client.events({ device }, lastId, stop) })
      const shown: Shown = new Map()
      for await (const item of items) show(call, item, shown)
      return 0
    },
    () => undefined,
  )

/** Adds `fogbell device watch`. */
export const addDeviceWatch = (cli: Cli, parent: Command): void => {
  const summary = 'Follow a device live: its connections, refusals, tasks and raw messages. Ctrl-C stops.'
  addCommand(cli, parent, deviceArgument, 'watch', summary, (call, device) => {
    // Refuses what is no device before anything is shown.
    devicePath(device)
    return watchDevice(call, device)
  })
}
