// fogbell unit: the birth certificate of a unit, its release after a repair, its board and its label.

import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { splitDevice } from './api-client.ts'
import { addCommand, type Call, type Cli } from './command.ts'
import { clean, localTime } from './format.ts'
import { usageError } from './problem-text.ts'
import type { CertificateRecord, UnitRecord } from './station-records.ts'
import { requiredOption } from './usage.ts'
import { pairs } from './wrap.ts'

const unitArgument = { flags: '<PK/SN>', description: 'product key and serial number' }

const splitUnit = (text: string): readonly [product: string, serial: string] => {
  const slash = text.indexOf('/')
  if (slash <= 0 || slash === text.length - 1) throw usageError(`"${text}" is not a unit; write it as PRODUCT/SERIAL`)
  return [text.slice(0, slash), text.slice(slash + 1)]
}
const unitPath = (text: string): string => `/units/${splitUnit(text).map(encodeURIComponent).join('/')}`

const processLine = ([name, process]: [string, UnitRecord['processes'][string]]): string => {
  const { outcome, attempts, failures, firstPassed } = process
  const runs = `${attempts} run${attempts === 1 ? '' : 's'}`
  return `  ${clean(name)} ${outcome ?? 'no result'}, ${runs}, first ${firstPassed ? 'passed' : 'not passed'}${failures === 0 ? '' : `, ${failures} failed since the last release`}`
}

const runLine = (run: CertificateRecord['runs'][number]): string =>
  `  ${run.id}  ${clean(run.process)} ${run.outcome ?? run.state}${run.code === null ? '' : ` ${run.code}`}, ${clean(run.station)} slot ${run.slot}, ${run.endedAt === null ? 'goes on' : localTime(run.endedAt)}`

const imageTexts = { present: 'was on the board', installed: 'installed', sent: 'sent, not reported since' } as const

const lines = ({ unit, firmware, runs }: CertificateRecord, { columns }: Call['output']): readonly string[] => [
  ...pairs(
    [
      ['unit', `${clean(unit.product)}/${clean(unit.serial)}`],
      ['board', clean(unit.device ?? '-')],
      ['bound', unit.boundAt === null ? '-' : localTime(unit.boundAt)],
    ],
    columns,
  ),
  'processes',
  ...Object.entries(unit.processes).map(processLine),
  'runs',
  ...runs.map(runLine),
  ...(firmware.length === 0 ? [] : ['firmware']),
  ...firmware.map(
    ({ run, module, version, sha256, state }) => `  run ${run}: ${clean(module)} ${clean(version)} ${imageTexts[state]} ${sha256}`,
  ),
  ...unit.released.map(({ at, by, reason }) => `released ${localTime(at)} by ${clean(by)}: ${clean(reason)}`),
  ...unit.replaced.map(
    ({ device, at, by, reason }) => `board ${clean(device)} replaced ${localTime(at)} by ${clean(by)}: ${clean(reason)}`,
  ),
]

const saveHtml = async ({ client, output }: Call, path: string, file: string, language: string | undefined): Promise<void> => {
  const parts: Uint8Array[] = []
  for await (const part of await client.bytes(path, { format: 'html', language })) parts.push(part)
  await writeFile(file, Buffer.concat(parts)).catch((cause: unknown) => {
    throw usageError(`${file} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`)
  })
  output.result({ file }, () => [`written: ${clean(file)}`])
}

const addShow = (cli: Cli, noun: Command): void => {
  const summary = 'Show the birth certificate of a unit: all that was done with it.'
  const command = addCommand(cli, noun, unitArgument, 'show', summary, async (call, unit): Promise<void> => {
    const { html, language } = command.opts<{ html?: string; language?: string }>()
    if (html !== undefined) return await saveHtml(call, unitPath(unit), html, language)
    const certificate = await call.client.get<CertificateRecord>(unitPath(unit))
    call.output.result(certificate, () => lines(certificate, call.output))
  })
    .option('--html <file>', 'write it into this file, as a page to print')
    .option('--language <language>', 'of that page: en or zh (default: en)')
}

const addRelease = (cli: Cli, noun: Command): void => {
  const summary = 'After a repair: failed runs no longer count against the limit of retests.'
  const command = addCommand(cli, noun, unitArgument, 'release', summary, async ({ client, output }, unit) => {
    const { reason, process } = command.opts<{ reason?: string; process?: string }>()
    const released = await client.send<UnitRecord>('POST', `${unitPath(unit)}/release`, {
      reason,
      ...(process !== undefined && { process }),
    })
    output.result(released, () => [`unit ${clean(unit)} is released`])
  }).option('--process <name>', 'only for this process (default: all)')
  requiredOption(command, '--reason <text>', 'what was repaired')
}

const addRebind = (cli: Cli, noun: Command): void => {
  const summary = 'Give a serial number another board, or none until the next one comes.'
  const command = addCommand(cli, noun, unitArgument, 'rebind', summary, async ({ client, output }, unit) => {
    const { device, reason } = command.opts<{ device?: string; reason?: string }>()
    if (device !== undefined) splitDevice(device)
    const bound = await client.send<UnitRecord>('POST', `${unitPath(unit)}/rebind`, { device: device ?? null, reason })
    output.result(bound, () => [
      bound.device === null ? `unit ${clean(unit)} has no board` : `unit ${clean(unit)} has the board ${clean(bound.device)}`,
    ])
  }).option('--device <pk/dn>', 'the board (default: none, until the next one comes)')
  requiredOption(command, '--reason <text>', 'why it has another board')
}

/** Adds `fogbell unit`. */
export const addUnit = (cli: Cli, program: Command): void => {
  const noun = program.command('unit').description('Units that were tested: serial numbers with their boards.')
  addShow(cli, noun)
  addRelease(cli, noun)
  addRebind(cli, noun)
  addCommand(cli, noun, unitArgument, 'label', 'Print the label of its last passed run again.', async ({ client, output }, unit) => {
    await client.send('POST', `${unitPath(unit)}/label`)
    output.result({ printed: unit }, () => [`the label of ${clean(unit)} was printed`])
  })
}
