// fogbell demo: a server, twenty simulated devices of which half misbehave, and one campaign, live, on this machine only. Checks at the end
// that every device's update ended as its fault demands.

import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { typedCommand } from '../bundled.ts'
import { createApiClient } from './api-client.ts'
import type { CampaignView, DeviceView, TaskView } from './api-records.ts'
import type { Call, Cli } from './command.ts'
import { type Child, startChild } from './demo-children.ts'
import { makeDemoPlace } from './demo-place.ts'
import { childFault, expected, judge, membersOf, verdictLines } from './demo-verdicts.ts'
import { imageName, uploadImage } from './firmware.ts'
import { bytes, plural } from './format.ts'
import { type Io, type SignalName, statusOf } from './io.ts'
import { createOutput, type Output } from './output.ts'
import { watchCampaign } from './watch.ts'

const product = 'demo'
const imageBytes = 256 * 1024
const fleet = '--devices 16 --gateways 1 --children 3 --rate 128 --seed 7'.split(' ')
const fleetSize = 20
const faults = Object.keys(expected).map((name) => (name === childFault ? `child.${name}` : name))

/** Real fleets wait minutes and hours; the demo has seconds. */
const settings = { ota: { rollbackGraceSeconds: 3, settleSeconds: 1, repushSeconds: 4 }, log: { level: 'warn' } }
const timeouts = { noResponseSeconds: 16, upgradeSeconds: 40, stallSeconds: 6 }
/** The whole demo, milliseconds. */
const limit = 55_000
const startLimit = 15_000

/** What happens, before it does. */
const announcement = (directory: string): readonly string[] => [
  `An update on this machine, in about 20 seconds: a server, ${fleetSize} simulated devices of which ${faults.length} misbehave, and one campaign.`,
  `It uses free ports of 127.0.0.1 and the folder ${directory}, and leaves nothing behind. Ctrl-C ends it earlier.`,
  '',
]

/** What to type next, as this program was started. Each command has a line of its own, to copy. */
const nextSteps = (typed: string): readonly string[] => [
  '',
  'What to try next, in this folder:',
  `  ${typed} serve`,
  '    a server of your own, with its data in ./data',
  `  ${typed} simulate --devices 5`,
  '    in a second terminal: devices that connect to it',
  `  ${typed} push FILE --product ${product} --version 1.1.0 --watch`,
  '    in a third one: any file as their new firmware',
]

const inside = (directory: string): string[] => ['--data', join(directory, 'data')]

const serveArgs = (directory: string): string[] => {
  const here = '--host 127.0.0.1 --mqtt-port 0 --firmware-port 0 --admin-port 0'.split(' ')
  return ['serve', '--config', join(directory, 'config.json'), ...inside(directory), ...here]
}

const fleetArgs = (directory: string): string[] => {
  const manners = ['--product', product, '--faults', faults.join(',')]
  return ['simulate', '--json', ...inside(directory), ...fleet, ...manners]
}

/** Waits until the whole fleet is online and has reported its versions. */
const fleetIsUp = async ({ client, io }: Call): Promise<void> => {
  const until = io.now() + startLimit
  for (;;) {
    const { items } = await client.get<{ readonly items: readonly DeviceView[] }>('/devices', { limit: '1000' })
    const up = items.filter(({ online, modules }) => online && Object.keys(modules).length > 0).length
    if (up >= fleetSize) return
    if (io.now() > until) throw new Error(`only ${up} of ${fleetSize} simulated devices are online`)
    await io.sleep(100)
  }
}

/** Without abort rules, since many devices are meant to fail. */
const startCampaign = async (call: Call, directory: string): Promise<CampaignView> => {
  const path = join(directory, 'firmware-1.0.1.bin')
  await writeFile(path, randomBytes(imageBytes))
  const image = await uploadImage(call, path, { product, version: '1.0.1', description: 'demo' })
  call.output.line(`firmware: ${imageName(image)}, ${bytes(image.size)}`)
  return await call.client.send<CampaignView>('POST', '/campaigns', { firmware: image.id, start: true, timeouts, abort: [] })
}

const allTasks = async ({ client }: Call, campaign: string): Promise<TaskView[]> => {
  const tasks: TaskView[] = []
  for await (const page of client.pages<TaskView>('/tasks', { campaign })) tasks.push(...page)
  return tasks
}

/** The campaign to its end, and whether each device ended as expected; the exit status. */
const update = async (call: Call, directory: string, devices: Child): Promise<number> => {
  const { output } = call
  const campaign = await startCampaign(call, directory)
  const status = await watchCampaign(call, campaign.id, { interrupted: () => undefined })
  if (status === statusOf('SIGINT') || status === statusOf('SIGTERM')) return status
  const tasks = await allTasks(call, campaign.id)
  await devices.stop(5_000)
  const verdicts = judge(membersOf(devices.output), tasks)
  output.lines(['', ...verdictLines(verdicts, output.colors, output.columns), ''])
  const wrong = verdicts.filter(({ ok }) => !ok).length + Math.max(0, fleetSize - verdicts.length)
  output.line(wrong === 0 ? 'Every update ended as expected.' : `${plural(wrong, 'update')} did not end as expected.`)
  return wrong === 0 ? 0 : 1
}

const show = async (io: Io, output: Output, directory: string, started: Child[]): Promise<number> => {
  output.lines(announcement(directory))
  const call: Call = { io, output, client: createApiClient({ data: join(directory, 'data') }, { ...io, env: {} }) }
  await writeFile(join(directory, 'config.json'), JSON.stringify(settings))
  output.line('starting a server and a fleet of simulated devices …')
  const server = startChild(serveArgs(directory), io.env)
  started.push(server)
  await server.line((line) => line.endsWith(' is ready'), startLimit)
  const devices = startChild(fleetArgs(directory), io.env)
  started.push(devices)
  await fleetIsUp(call)
  output.line(`${fleetSize} devices are connected, a gateway with 3 children among them; ${faults.length} will misbehave`)
  return await update(call, directory, devices)
}

/** Resolves with the status of the first signal. A second one changes nothing: the end takes a few seconds. */
const onInterrupt = (io: Io, output: Output): { readonly status: Promise<number>; readonly end: () => void } => {
  const ends: (() => void)[] = []
  const status = new Promise<number>((resolve) => {
    let isFirst = true
    const stop = (name: SignalName): void => {
      if (isFirst) output.note('interrupted: stopping the server and the devices …')
      isFirst = false
      resolve(statusOf(name))
    }
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) ends.push(io.onSignal(name, () => stop(name)))
  })
  return {
    status,
    end: () => {
      for (const end of ends) end()
    },
  }
}

/** Runs the demo in a temporary directory and leaves nothing behind; the exit status. */
const demo = async (io: Io): Promise<number> => {
  const output = createOutput(io, false)
  const directory = await makeDemoPlace(io)
  const started: Child[] = []
  const cancel = new AbortController()
  const overdue = io.sleep(limit, cancel.signal).then(() => {
    if (!cancel.signal.aborted) output.note(`the demo did not end within ${limit / 1000} s`)
    return 1
  })
  const interrupted = onInterrupt(io, output)
  try {
    const status = await Promise.race([show(io, output, directory, started), overdue, interrupted.status])
    if (status === 0) output.lines(nextSteps(typedCommand(io.env)))
    return status
  } catch (error) {
    output.note(`the demo failed: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  } finally {
    cancel.abort()
    await Promise.all(started.toReversed().map((child) => child.stop(5_000)))
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
    interrupted.end()
  }
}

/** Adds `fogbell demo`. */
export const addDemo = (cli: Cli, program: Command): void => {
  program
    .command('demo')
    .summary('Show an update on this machine, with a server and simulated devices, in about 20 seconds.')
    .description(
      `Show an update on this machine: a server, ${fleetSize} simulated devices of which ${faults.length} misbehave, and one campaign. Takes about 20 seconds, needs no settings, and leaves nothing behind.`,
    )
    .action(async () => cli.finish(await demo(cli.io)))
}
