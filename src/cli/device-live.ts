// fogbell device watch: what a device says at this moment, and what is said to it.

import type { Command } from 'commander'
import type { DeviceEvent, DeviceView, MessageEvent, TaskView } from './api-records.ts'
import { devicePath } from './client.ts'
import { type Call, type Cli, remote } from './command.ts'
import { clean } from './format.ts'
import { problemOf } from './problem-text.ts'
import { outcome } from './progress.ts'
import { follow, type Sign } from './sse.ts'
import { interruptible } from './watch.ts'

const arrows = { up: '->', down: '<-', refused: 'refused' } as const

const clock = (iso: string): string => iso.slice(11, 23)

/** One line of what happened, or undefined where it is not worth one. */
const tell = ({ output, io }: Call, event: string, data: unknown): string | undefined => {
  const { dim, red } = output.colors
  if (event === 'message') {
    const { direction, text, at } = data as MessageEvent
    const arrow = direction === 'refused' ? red(arrows.refused) : arrows[direction]
    return `${dim(clock(at))}  ${arrow} ${clean(text)}`
  }
  if (event === 'device') {
    const { what, detail, at } = data as DeviceEvent
    return `${dim(clock(at))}  ${clean(what)}${detail === undefined ? '' : ` ${clean(detail)}`}`
  }
  if (event === 'task') {
    const task = data as TaskView
    return `${dim(clock(new Date(io.now()).toISOString()))}  task ${task.id} ${outcome(task)}${task.step === null ? '' : `, ${task.step} %`}`
  }
  return undefined
}

const show = (call: Call, sign: Sign): void => {
  const { output } = call
  if (sign.kind === 'event') {
    const data: unknown = JSON.parse(sign.data)
    const line = output.json ? undefined : tell(call, sign.event, data)
    if (output.json) output.value({ event: sign.event, data })
    else if (line !== undefined) output.line(line)
  } else if (output.json) return
  else if (sign.kind === 'lost') output.note(`the connection to the server is lost (${sign.why}); trying again`)
  else if (sign.kind === 'reset') output.note('some events in between are not known any more')
}

/** A device that is unknown may be a slip, or one that is about to be switched on for the first time: both are told, and it is waited for. */
const noteUnknown = async ({ client, output }: Call, device: string): Promise<void> => {
  const isUnknown = await client.get<DeviceView>(devicePath(device)).then(
    () => false,
    // What else fails here fails again below, where it is met.
    (thrown: unknown) => problemOf(thrown).code === 'OTA_DEVICE_UNKNOWN',
  )
  if (isUnknown)
    output.note(`no device ${clean(device)} is known yet; this waits for it to connect. Check the spelling: fogbell device list`)
}

const watchDevice = (call: Call, device: string): Promise<number> =>
  interruptible(
    call,
    async (signal) => {
      if (!call.output.json) call.output.note(call.output.colors.dim(`watching ${clean(device)}; Ctrl-C ends it (times are UTC)`))
      if (!call.output.json) await noteUnknown(call, device)
      const signs = follow({ io: call.io, signal, connect: (lastId, stop) => call.client.events({ device }, lastId, stop) })
      for await (const sign of signs) show(call, sign)
      return 0
    },
    () => undefined,
  )

/** Adds `fogbell device watch`. */
export const addDeviceWatch = (cli: Cli, parent: Command): void => {
  const command = parent
    .command('watch')
    .description('Follow a device live: its connects, refusals, tasks and raw messages. Ctrl-C ends it.')
    .argument('<PK/DN>', 'product key and device name')
  remote(cli, command, (call) => {
    const device = String(command.args[0])
    devicePath(device)
    return watchDevice(call, device)
  })
}
