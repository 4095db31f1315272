// fogbell doctor: everything that is looked at, in order, each within its own time. Changes nothing, takes no lock and opens no database.

import { stat } from 'node:fs/promises'
import { hostname, networkInterfaces } from 'node:os'
import { dirname } from 'node:path'
import { OtaError } from '../../errors.ts'
import { type Finding, faulty, fine, type ShownFinding, showFinding, skipped } from '../../finding.ts'
import { checkBroker } from '../../mqtt/broker.ts'
import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { Settings } from '../../settings.ts'
import { codeOf } from '../file-faults.ts'
import { bounded, saidBy } from './bounded.ts'
import { certificateFindings } from './certificate-findings.ts'
import { clockFindings, readClock } from './clock-findings.ts'
import { descriptorFindings, readDescriptors } from './descriptor-findings.ts'
import { diskFindings, readDisk } from './disk-findings.ts'
import { lookForHidden } from './hidden-findings.ts'
import { imageFindings } from './image-findings.ts'
import { placesIn, portFindings } from './port-findings.ts'
import { shortCommandOf } from './processes.ts'
import { type ReachReport, tryReach } from './reach-findings.ts'
import { ownerOf, readEntries, rightsFindings } from './rights-findings.ts'
import { type RunningServer, type ServerState, serverFindings } from './running-server.ts'
import { shellWord } from './shell-word.ts'
import { readStore, type StoredPackage, type StoreReading, storeUnread } from './store-findings.ts'
import { usedCertificates } from './used-certificates.ts'

/** What a running server answers. */
export interface ServerAnswer {
  readonly version: string
  readonly time: string
  readonly findings: readonly ShownFinding[]
  readonly reach: ReachReport
}

export interface DoctorPlan {
  /** Absolute. */
  readonly dataDir: string
  readonly state: ServerState
  /** Those of the server, or why they cannot be used. */
  readonly settings: Settings | OtaError
  /** null: none, so the defaults apply; undefined: not known. */
  readonly configFile: string | null | undefined
  /** Of the command. */
  readonly version: string
  /** Its file. */
  readonly program: string
  readonly quick: boolean
  readonly now: () => number
  /** Asks the running server; rejects with an OtaError. */
  readonly ask: () => Promise<ServerAnswer>
  readonly packages: () => Promise<readonly StoredPackage[]>
}

export interface DoctorOutput {
  found(finding: ShownFinding): void
  /** Bytes of images that were read, of all. */
  progress(done: number, all: number): void
}

const quickMs = 15_000
const askMs = 10_000
const storeMs = 120_000
const imagesMs = 600_000

const isSettings = (settings: Settings | OtaError): settings is Settings => !(settings instanceof Error)

const settingsRemedy = (file: string | null | undefined): Sentence => {
  const given = typeof file === 'string'
  return sentence('doctor_try_settings', { file: given ? shellWord(file) : null })
}

const faultsIn = ({ faults, message }: OtaError): readonly string[] =>
  faults.length === 0 ? [message] : faults.map((fault) => `${fault.path}: ${fault.message}`)

/** Files that this user may not read say nothing about the settings. */
const isOnlyHidden = ({ faults }: OtaError): boolean => faults.length > 0 && faults.every(({ code }) => code === 'file_not_allowed')

const settingsFindings = ({ settings, configFile }: DoctorPlan, sudo: Sentence): readonly Finding[] => {
  const remedy = settingsRemedy(configFile)
  const refused = (why: string): Finding =>
    faulty('settings', sentence('doctor_settings_fault', { why: sentence('as_text', { text: why }) }), remedy)
  if (!isSettings(settings)) {
    const [first = ''] = faultsIn(settings)
    if (isOnlyHidden(settings))
      return [skipped('settings', sentence('doctor_not_looked_at', { why: sentence('as_text', { text: first }) }), sudo)]
    return faultsIn(settings).map(refused)
  }
  try {
    checkBroker(settings.mqtt)
  } catch (thrown) {
    return [faulty('settings', sentence('doctor_settings_fault', { why: saidBy(thrown) }), remedy)]
  }
  if (configFile === undefined) return [skipped('settings', sentence('doctor_settings_unknown'), sentence('doctor_try_config'))]
  return [fine('settings', sentence('doctor_settings_ok', { file: configFile }))]
}

/** Rejects where it takes longer. */
const within = async <T>(limitMs: number, asked: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new OtaError('OTA_UNREACHABLE', sentence('doctor_no_answer', { seconds: limitMs / 1000 }))), limitMs)
  })
  return await Promise.race([asked, late]).finally(() => clearTimeout(timer))
}

const unanswered = async ({ admin, pid, unit }: RunningServer, thrown: unknown, sudo: Sentence): Promise<Finding> => {
  const why = saidBy(thrown)
  if (thrown instanceof OtaError && thrown.code === 'OTA_UNAUTHORIZED')
    return skipped('server', sentence('doctor_server_refuses', { why }), sudo)
  const said = sentence('doctor_server_silent', { admin, why, pid, command: await shortCommandOf(pid) })
  return faulty('server', said, sentence('doctor_try_silent', { pid, unit }))
}

/** What the running server says; null: nothing, which a finding explains. */
const askServer = async ({ state, ask }: DoctorPlan, emit: Emit, sudo: Sentence): Promise<ServerAnswer | null> => {
  if (state.kind !== 'running') return null
  try {
    return await within(askMs, ask())
  } catch (thrown) {
    emit([await unanswered(state.server, thrown, sudo)])
    return null
  }
}

type Emit = (findings: readonly Finding[]) => void

/** Of this machine in its networks; its own loopback address where it has no other. */
const machineAddresses = (): readonly string[] => {
  const outer = Object.values(networkInterfaces()).flatMap((infos) => (infos ?? []).filter(({ internal }) => !internal))
  const addresses = outer.map(({ address }) => address).filter((address) => !/^fe[89ab]/i.test(address))
  return addresses.length > 0 ? addresses : ['127.0.0.1']
}

const unitAndPid = ({ state }: DoctorPlan): { readonly unit: string | null; readonly pid: number | null } =>
  state.kind === 'running' ? { unit: state.server.unit, pid: state.server.pid } : { unit: null, pid: null }

/** The directory, or the nearest one above it that exists. */
const existing = async (dir: string): Promise<string> => {
  const isThere = await stat(dir).then(
    (found) => found.isDirectory(),
    (cause: unknown) => codeOf(cause) !== 'ENOENT' && codeOf(cause) !== 'ENOTDIR',
  )
  return isThere || dirname(dir) === dir ? dir : await existing(dirname(dir))
}

const bySudo = async (dir: string): Promise<Sentence> => {
  const owner = await ownerOf(dir).catch(() => null)
  return sentence('doctor_try_sudo', { account: owner?.account ?? 'root', dir: shellWord(dir) })
}

/** Files of the directory: its store, its images, its rights. */
const lookAtFiles = async (
  plan: DoctorPlan,
  emit: Emit,
  output: DoctorOutput,
  isAnswered: boolean,
  sudo: Sentence,
): Promise<StoreReading> => {
  const { dataDir, state, settings, quick } = plan
  const requireExisting = isSettings(settings) && settings.requireExisting
  let reading = storeUnread(sentence('doctor_no_packages'))
  const probe = async (): Promise<readonly Finding[]> => {
    reading = await readStore(dataDir, state.kind === 'running', requireExisting)
    return reading.findings
  }
  emit(await bounded('store', storeMs, probe, sudo))
  const packages = isAnswered ? await within(askMs, plan.packages()).catch(() => reading.packages) : reading.packages
  const ends = Date.now() + imagesMs
  const images = packages === null ? [] : [...packages]
  const isLate = (): boolean => Date.now() > ends
  if (images.length > 0)
    emit(
      await bounded(
        'images',
        imagesMs + quickMs,
        () => imageFindings({ dataDir, packages: images, quick, progress: output.progress, isLate }),
        sudo,
      ),
    )
  else
    emit([
      packages === null
        ? skipped('images', sentence('doctor_no_packages'))
        : fine('images', sentence('doctor_images_ok', { count: 0, mib: 0 })),
    ])
  return reading
}

const lookAtDirectory = async (plan: DoctorPlan, emit: Emit, output: DoctorOutput, isAnswered: boolean): Promise<StoreReading> => {
  const { dataDir } = plan
  const sudo = await bySudo(dataDir)
  const reading = await lookAtFiles(plan, emit, output, isAnswered, sudo)
  const rights = async (): Promise<readonly Finding[]> => rightsFindings(dataDir, await readEntries(dataDir), await ownerOf(dataDir))
  // Windows has no owners and modes of this kind.
  if (process.platform !== 'win32') emit(await bounded('rights', quickMs, rights, sudo))
  return reading
}

/** Of a directory that does not exist. */
const missing = async ({ dataDir: dir, settings }: DoctorPlan): Promise<Finding> => {
  const isFile = await stat(dir).then(
    () => true,
    (cause: unknown) => codeOf(cause) === 'ENOTDIR',
  )
  if (isFile) return faulty('directory', sentence('doctor_not_directory', { dir }), sentence('doctor_try_data'))
  return isSettings(settings) && settings.requireExisting
    ? faulty('directory', sentence('doctor_data_required', { dir }), sentence('doctor_try_mount', { dir: shellWord(dir) }))
    : fine('directory', sentence('doctor_directory_missing', { dir }))
}

const wantedDescriptors = ({ mqtt, firmware }: Settings): number => mqtt.maxConnections + firmware.maxDownloads

/** What the settings ask of the machine. */
const lookAtMachine = async (plan: DoctorPlan, emit: Emit, sudo: Sentence, owner: number | null): Promise<void> => {
  const { settings, state } = plan
  if (!isSettings(settings)) {
    emit([skipped('ports', sentence('doctor_needs_settings')), skipped('descriptors', sentence('doctor_needs_settings'))])
    return
  }
  if (state.kind !== 'running') emit(await bounded('ports', quickMs, () => portFindings(placesIn(settings), owner), sudo))
  const pid = state.kind === 'running' ? state.server.pid : null
  emit(await bounded('descriptors', quickMs, async () => descriptorFindings(await readDescriptors(pid, wantedDescriptors(settings))), sudo))
}

/** Files that the settings name. */
const lookAtNamed = (configFile: string, uid: number, sudo: Sentence): Promise<readonly Finding[]> =>
  bounded('rights', quickMs, async () => (process.platform === 'win32' ? [] : await lookForHidden(configFile, uid)), sudo)

/** With a running server, what it finds and how it is reached; without one, only the certificates. `isSeen`: the images were looked at. */
const lookFromOutside = async (
  plan: DoctorPlan,
  emit: Emit,
  output: DoctorOutput,
  answer: ServerAnswer | null,
  isSeen: boolean,
): Promise<void> => {
  const names = { addresses: machineAddresses(), hostname: hostname() }
  let chains: ReadonlyMap<string, string> = new Map()
  if (answer !== null) {
    const reach = await tryReach(answer.reach, { addresses: names.addresses, isLocal: true })
    chains = reach.chains
    emit(reach.findings)
  }
  const reload = typeof plan.configFile === 'string' ? sentence('doctor_try_reload', unitAndPid(plan)) : null
  emit(usedCertificates({ settings: isSettings(plan.settings) ? plan.settings : null, chains, names, now: plan.now(), reload }))
  for (const finding of answer?.findings ?? []) if (finding.area !== 'images' || !isSeen) output.found(finding)
}

const emitTo =
  ({ found }: DoctorOutput): Emit =>
  (findings) => {
    for (const finding of findings) found(showFinding(finding))
  }

/** Looks at a data directory of this machine, and at the server that runs on it. Never rejects for what it finds. */
export const runDoctor = async (plan: DoctorPlan, output: DoctorOutput): Promise<void> => {
  const { dataDir, state } = plan
  const emit = emitTo(output)
  const sudo = await bySudo(dataDir)
  emit(settingsFindings(plan, sudo))
  emit(serverFindings(state, dataDir, plan.version))
  const answer = await askServer(plan, emit, sudo)
  const place = await existing(dataDir)
  const isThere = place === dataDir
  if (!isThere) emit([await missing(plan)])
  const reading = isThere ? await lookAtDirectory(plan, emit, output, answer !== null) : null
  emit(await bounded('disk', quickMs, async () => diskFindings(place, await readDisk(place)), sudo))
  const owner = isThere ? await ownerOf(dataDir).catch(() => null) : null
  if (typeof plan.configFile === 'string' && owner !== null) emit(await lookAtNamed(plan.configFile, owner.uid, sudo))
  await lookAtMachine(plan, emit, sudo, owner?.uid ?? null)
  const stored = answer === null ? (reading?.clock ?? null) : Date.parse(answer.time)
  emit(await bounded('clock', quickMs, async () => clockFindings(await readClock(dataDir, plan.program, plan.now(), stored)), sudo))
  await lookFromOutside(plan, emit, output, answer, reading?.packages != null)
}

/** Looks at a server elsewhere: what it finds itself, and whether it is reached from here at that host. */
export const runRemoteDoctor = async (
  answer: ServerAnswer,
  host: string,
  plan: Pick<DoctorPlan, 'version' | 'now'>,
  output: DoctorOutput,
): Promise<void> => {
  const emit = emitTo(output)
  const name = host.replace(/^\[(.*)\]$/, '$1')
  emit([fine('server', sentence('doctor_server_answers', { version: answer.version, host }))])
  const { findings, chains } = await tryReach(answer.reach, { addresses: [name], isLocal: false })
  emit(findings)
  for (const [where, cert] of chains)
    emit(certificateFindings({ where, cert, key: null, ca: null }, { addresses: [name], hostname: name, wanted: [] }, plan.now()))
  for (const finding of answer.findings) output.found(finding)
}
