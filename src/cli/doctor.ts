// fogbell doctor: looks for what is wrong, with or without a running server, and says what to do. Finds the server and its settings, and
// shows what is found; what is looked at, and how, is in offline/.

import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { ownCommand } from '../bundled.ts'
import { asOtaError, type OtaError } from '../errors.ts'
import type { DoctorOutput, DoctorPlan, runDoctor, ServerAnswer } from '../offline/doctor/run-doctor.ts'
import type { findServerOf } from '../offline/doctor/running-server.ts'
import type { loadSettings } from '../settings-load.ts'
import { type ApiClient, createApiClient } from './api-client.ts'
import type { Cli } from './command.ts'
import { clean, plural, withLocalTimes } from './format.ts'
import { type Io, variable } from './io.ts'
import { createLive } from './live.ts'
import { type Colors, createOutput, type Output } from './output.ts'
import { uploadLine } from './progress.ts'
import { directoryToExamine, findServer, type LocationOptions } from './server-location.ts'
import { padEnd } from './table.ts'
import { fold, shownWidth } from './wrap.ts'

interface DoctorOptions extends LocationOptions {
  readonly config?: string
  readonly quick?: boolean
  readonly json?: boolean
}

type Found = Parameters<DoctorOutput['found']>[0]
type Settings = ReturnType<typeof loadSettings>
type ServerState = Awaited<ReturnType<typeof findServerOf>>

const words: Readonly<Record<Found['result'], string>> = { ok: 'ok', warning: 'warning', fault: 'FAULT', skipped: 'not seen' }
const indent = 10

const styleOf = (colors: Colors, result: Found['result']): ((text: string) => string) =>
  result === 'fault' ? colors.red : result === 'warning' ? colors.yellow : result === 'ok' ? colors.green : colors.dim

/** Replaces spaces within a command, so that no line is folded there. */
const solid = '\u00a0'

/** A remedy in lines. A command in it is never folded, so that it can be copied: one that is too long has a line to itself. */
const remedyLines = (text: string, { colors, columns }: Output): readonly string[] => {
  const commands: string[] = []
  const said = text.replace(/`([^`]+)`/g, (quoted, command: string) => {
    if (columns === undefined || shownWidth(quoted) <= columns - indent) return quoted.replaceAll(' ', solid)
    commands.push(command)
    return 'the command below'
  })
  const folded = fold(`${' '.repeat(indent)}${colors.dim('try:')} ${said}`, columns, indent)
  return [...folded.map((line) => line.replaceAll(solid, ' ')), ...commands]
}

/** What was found and, below it, what to do. */
const linesOf = (found: Found, output: Output): readonly string[] => {
  const { colors, columns } = output
  const word = styleOf(colors, found.result)(padEnd(words[found.result], indent))
  const said = fold(`${word}${colors.bold(`${found.area}:`)} ${clean(withLocalTimes(found.text))}`, columns, indent)
  return found.remedy === null ? said : [...said, ...remedyLines(clean(found.remedy.text), output)]
}

interface Counts {
  readonly ok: number
  readonly warnings: number
  readonly faults: number
  readonly skipped: number
}

const countsOf = (all: readonly Found[]): Counts => {
  const count = (result: Found['result']): number => all.filter((each) => each.result === result).length
  return { ok: count('ok'), warnings: count('warning'), faults: count('fault'), skipped: count('skipped') }
}

const countsLine = ({ ok, warnings, faults, skipped }: Counts): string =>
  `${plural(faults, 'fault')}, ${plural(warnings, 'warning')}, ${ok} ok${skipped === 0 ? '' : `, ${skipped} not looked at`}`

/** Shows each finding as it comes, and how far images are read; `end` writes the counts and gives the exit status. */
const createReport = (io: Io, output: Output): DoctorOutput & { readonly end: () => number } => {
  const live = createLive(io, output)
  const all: Found[] = []
  return {
    found(finding) {
      all.push(finding)
      if (output.json) return
      live.draw([])
      live.write(linesOf(finding, output))
    },
    progress: (done, most) => live.draw(done < most ? [uploadLine(done, most).replace('sending', 'reading')] : []),
    end() {
      live.draw([])
      live.end()
      const counts = countsOf(all)
      output.result({ findings: all, counts }, () => [countsLine(counts)])
      return counts.faults > 0 ? 1 : 0
    },
  }
}

/** The service's own, where nothing else is given. */
const serviceConfig = '/etc/fogbell/config.json'

const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  )

/** The settings file: as given, as the running server has it, or the service's; null: none; undefined: not known. */
const configFor = async (options: DoctorOptions, io: Io, data: string, state: ServerState): Promise<string | null | undefined> => {
  const given = options.config ?? variable(io, 'FOGBELL_CONFIG')
  if (given !== undefined) return resolve(given)
  if (state.kind === 'running') return state.server.config
  return data === io.serviceData && (await isThere(serviceConfig)) ? serviceConfig : null
}

const settingsOf = async (io: Io, config: string | null | undefined, data: string): Promise<Settings | OtaError> => {
  const { loadSettings: load } = await import('../settings-load.ts')
  try {
    return load({ env: io.env, flags: { data, ...(typeof config === 'string' && { config }) } })
  } catch (thrown) {
    return asOtaError(thrown)
  }
}

/** --data and FOGBELL_DATA_DIR count before the settings file, as for "fogbell serve". */
const directoryOf = async (options: DoctorOptions, io: Io): Promise<string> => {
  const config = options.config ?? variable(io, 'FOGBELL_CONFIG')
  const isGiven = options.data !== undefined || variable(io, 'FOGBELL_DATA_DIR') !== undefined || variable(io, 'FOGBELL_DATA') !== undefined
  if (isGiven || config === undefined) return await directoryToExamine(options, io)
  const { loadSettings: load } = await import('../settings-load.ts')
  try {
    return resolve(load({ env: io.env, flags: { config } }).dataDir)
  } catch {
    return await directoryToExamine(options, io)
  }
}

const asking = (client: ApiClient): Pick<DoctorPlan, 'ask' | 'packages'> => ({
  ask: () => client.get<ServerAnswer>('/doctor'),
  async packages() {
    const all: Awaited<ReturnType<DoctorPlan['packages']>>[number][] = []
    for await (const page of client.pages<(typeof all)[number]>('/firmware')) all.push(...page)
    return all
  },
})

const doctorHere = async (cli: Cli, options: DoctorOptions, run: typeof runDoctor, output: DoctorOutput): Promise<void> => {
  const { io, version } = cli
  const data = await directoryOf(options, io)
  const { findServerOf: find } = await import('../offline/doctor/running-server.ts')
  const state = await find(data)
  const configFile = await configFor(options, io, data, state)
  // By the directory, which has the certificate of the server too; FOGBELL_SERVER may be another one.
  const client = createApiClient({ ...options, data }, { ...io, env: { ...io.env, FOGBELL_SERVER: undefined } })
  const plan: DoctorPlan = {
    dataDir: data,
    state,
    settings: await settingsOf(io, configFile, data),
    configFile,
    version,
    program: ownCommand().at(-1) ?? '',
    quick: options.quick === true,
    now: () => io.now(),
    ...asking(client),
  }
  await run(plan, output)
}

const doctor = async (cli: Cli, options: DoctorOptions): Promise<number> => {
  const { io, version } = cli
  const { runDoctor: run, runRemoteDoctor: runRemote } = await import('../offline/doctor/run-doctor.ts')
  const report = createReport(io, createOutput(io, options.json === true))
  const isRemote = options.server !== undefined || (options.data === undefined && variable(io, 'FOGBELL_SERVER') !== undefined)
  if (!isRemote) await doctorHere(cli, options, run, report)
  else {
    const { url } = await findServer(options, io)
    const answer = await createApiClient(options, io).get<ServerAnswer>('/doctor')
    await runRemote(answer, new URL(url).hostname, { version, now: () => io.now() }, report)
  }
  return report.end()
}

const details = `
Changes nothing, and may run beside a server. Each line is ok, a warning or a FAULT, with what to do below it; "not seen"
is what could not be looked at. Exit status: 1 if there is a fault, else 0. Run it as the user of the service or as root;
with --server it looks from here at a server elsewhere, which shows what a firewall between them lets through.`

/** Adds `fogbell doctor`. */
export const addDoctor = (cli: Cli, program: Command): void => {
  const command = program
    .command('doctor')
    .description('Look for what is wrong with an installation, and say what to do.')
    .option('--data <dir>', 'data directory (default: FOGBELL_DATA, else ./data, else /var/lib/fogbell)')
    .option('--config <file>', 'settings file (default: FOGBELL_CONFIG, else that of the running server)')
    .option('--quick', 'do not read the images')
    .option('--server <url>', 'look at a server elsewhere by its admin API (FOGBELL_SERVER)')
    .option('--token <token>', 'token for it (default: FOGBELL_TOKEN, else from <data>/admin.token)')
    .option('--ca <file>', 'certificates of authorities to trust besides those of the system (default: FOGBELL_CA)')
    .option('--json', 'print JSON')
    .addHelpText('after', details)
    .action(async () => cli.finish(await doctor(cli, command.opts<DoctorOptions>())))
}
