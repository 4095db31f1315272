// What the running server finds about its devices, its images and itself. Asks the core's ports and changes nothing.

import { createNameList, doubtful, type Finding, faulty, fine, type NameList } from '../finding.ts'
import { nearest } from '../nearest.ts'
import type { Device, Firmware } from '../ota/model.ts'
import type { FirmwareFiles } from '../ota/ports/files.ts'
import type { KeptRefusal, Operators } from '../ota/ports/operators.ts'
import { connectionSentence } from '../ota/rules/connection-sentence.ts'
import { sentence } from '../sentences/sentence.ts'

type Asked = Pick<Operators, 'reads' | 'devices' | 'connections'>

/** A client subscribes right after its CONNECT; one that has not after this time does not. */
const settleMs = 10_000
/** What was refused longer ago is no news. */
const refusedMs = 3_600_000
/** So many devices are looked at before others have their turn. */
const atOnce = 500
const mostProducts = 5

/** The client id of the command's own test connections. */
export const probeClient = 'fogbell-doctor'

interface Fleet {
  readonly devices: number
  readonly online: number
  readonly contended: NameList
  readonly deaf: NameList
  readonly disputed: NameList
  /** By product, where no package is for it. */
  readonly strays: ReadonlyMap<string, NameList>
}

const listIn = (lists: Map<string, NameList>, name: string): NameList => {
  const known = lists.get(name) ?? createNameList()
  lists.set(name, known)
  return known
}

const surveyFleet = async ({ reads, devices, connections }: Asked, products: ReadonlySet<string>, now: number): Promise<Fleet> => {
  const [contended, deaf, disputed, strays] = [createNameList(), createNameList(), createNameList(), new Map<string, NameList>()]
  const counts = { devices: 0, online: 0 }
  const look = ({ key, product, disputed: dispute }: Device): void => {
    counts.devices += 1
    const presence = devices.presence(key)
    const since = connections.since(key)
    if (presence !== 'offline') counts.online += 1
    if (connections.isContended(key)) contended.add(key)
    if (presence === 'not_subscribed' && since !== null && now - since > settleMs) deaf.add(key)
    if (dispute) disputed.add(key)
    if (products.size > 0 && !products.has(product)) listIn(strays, product).add(key)
  }
  for (const device of Array.from(reads.devices())) {
    look(device)
    if (counts.devices % atOnce === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  return { ...counts, contended, deaf, disputed, strays }
}

const contendedFinding = (list: NameList): Finding =>
  faulty('devices', sentence('doctor_devices_contended', list.params()), sentence('doctor_try_contended', first(list)))

/** The name that is used in a command as an example of all. */
const first = (list: NameList): { readonly device: string } => ({ device: list.params().names[0] ?? '' })

const deafFinding = (list: NameList): Finding =>
  doubtful('devices', sentence('doctor_devices_deaf', list.params()), sentence('doctor_try_deaf', first(list)))

const disputedFinding = (list: NameList): Finding =>
  doubtful('devices', sentence('doctor_devices_disputed', list.params()), sentence('doctor_try_disputed', first(list)))

const strayFinding = (product: string, list: NameList, products: ReadonlySet<string>): Finding => {
  const near = nearest(product, products) ?? null
  const said = sentence('doctor_product_unknown', { product, ...list.params() })
  const remedy = near === null ? sentence('doctor_try_product', { product }) : sentence('doctor_try_product_near', { product, near })
  return doubtful('devices', said, remedy)
}

const fleetFindings = (fleet: Fleet, products: ReadonlySet<string>): readonly Finding[] => {
  const found: Finding[] = []
  if (fleet.contended.count > 0) found.push(contendedFinding(fleet.contended))
  if (fleet.deaf.count > 0) found.push(deafFinding(fleet.deaf))
  if (fleet.disputed.count > 0) found.push(disputedFinding(fleet.disputed))
  for (const [product, list] of [...fleet.strays].slice(0, mostProducts)) found.push(strayFinding(product, list, products))
  const { devices, online } = fleet
  return found.length > 0 ? found : [fine('devices', sentence('doctor_devices_ok', { devices, online }))]
}

const nameOf = ({ device, user, clientId, address }: KeptRefusal): string => device ?? user ?? clientId ?? address

/** Those of the last hour, one for each client, whose device has not connected since. */
const recentRefusals = ({ devices, connections }: Asked, now: number): readonly KeptRefusal[] => {
  const newest = new Map<string, KeptRefusal>()
  for (const refusal of connections.refused()) {
    const { device, clientId, at } = refusal
    const isOver = now - at > refusedMs || (device !== null && devices.presence(device) !== 'offline')
    if (clientId === probeClient || isOver || newest.has(nameOf(refusal))) continue
    newest.set(nameOf(refusal), refusal)
  }
  return [...newest.values()]
}

const refusalFinding = (reason: string, refusals: readonly KeptRefusal[]): Finding => {
  const list = createNameList()
  for (const refusal of refusals) list.add(`${nameOf(refusal)} (${refusal.address})`)
  if (reason === 'bad_protocol')
    return doubtful('devices', sentence('doctor_refused_protocol', list.params()), sentence('doctor_try_protocol'))
  const why = connectionSentence({ what: 'refused', reason })
  const device = refusals.find((each) => each.device !== null)?.device ?? null
  const remedy = device === null ? sentence('doctor_try_refused') : sentence('doctor_try_refused_device', { device })
  return doubtful('devices', sentence('doctor_refused', { ...list.params(), why }), remedy)
}

const refusalFindings = (asked: Asked, now: number): readonly Finding[] => {
  const refusals = recentRefusals(asked, now)
  const reasons = new Set(refusals.map(({ reason }) => reason))
  return [...reasons].map((reason) =>
    refusalFinding(
      reason,
      refusals.filter((each) => each.reason === reason),
    ),
  )
}

const packageName = ({ product, version, module }: Firmware): string => `${product}/${version}${module === 'default' ? '' : ` (${module})`}`

const imageFindings = async (files: FirmwareFiles, packages: readonly Firmware[]): Promise<readonly Finding[]> => {
  const stored = await files.stored()
  const list = createNameList()
  for (const one of packages) if (!stored.has(one.sha256)) list.add(packageName(one))
  if (list.count === 0) return [fine('images', sentence('doctor_images_present', { packages: packages.length }))]
  return [faulty('images', sentence('doctor_images_missing', list.params()), sentence('doctor_try_image'))]
}

/** Takes longer the more devices there are, and lets others have their turn meanwhile. OTA_STORE_FAILED where the images cannot be listed. */
export const findInServer = async (asked: Asked, files: FirmwareFiles, now: number): Promise<readonly Finding[]> => {
  const packages = Array.from(asked.reads.firmwares())
  const products = new Set(packages.map(({ product }) => product))
  return [
    ...(await imageFindings(files, packages)),
    ...fleetFindings(await surveyFleet(asked, products, now), products),
    ...refusalFindings(asked, now),
  ]
}
