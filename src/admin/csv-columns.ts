// The columns of lists as CSV: devices, tasks, campaigns. Names, versions and whatever else comes from devices and people is `guarded`. Knows no
// route.

import type { Campaign, Device } from '../ota/model.ts'
import type { Operators } from '../ota/ports/operators.ts'
import type { ListedTask } from '../ota/ports/store.ts'
import { isPinned } from '../ota/rules/gateway-claims.ts'
import { say } from '../sentences/sentence.ts'
import { campaignSaid } from './campaign-view.ts'
import { cellText, guarded } from './csv-text.ts'
import { versionShown } from './device-filter.ts'
import { isoOrNull, isoTime } from './iso-time.ts'
import type { DeviceJson, TaskJson } from './schemas.ts'
import { deviceView, taskView } from './views.ts'

type Cell = string | number | boolean | null

/** A table's columns, in their order, and the line of an item. */
export interface CsvTable<T> {
  readonly names: readonly string[]
  line(item: T): string
}

/** What comes from devices and people. */
export const said = (text: string | null): string => (text === null ? '' : guarded(text))

export const csvTable = <Item, Row>(rowOf: (item: Item) => Row, columns: Readonly<Record<string, (row: Row) => Cell>>): CsvTable<Item> => {
  const cells = Object.values(columns)
  return {
    names: Object.keys(columns),
    line(item) {
      const row = rowOf(item)
      return cells.map((cell) => cellText(String(cell(row) ?? ''))).join(',')
    },
  }
}

// ---------------------------------------------------------------- devices

interface DeviceCells {
  readonly device: Device
  readonly view: DeviceJson
  readonly version: string | null
}

const modulesText = ({ modules }: DeviceJson): string =>
  Object.entries(modules)
    .map(([module, { version }]) => `${module}=${version}`)
    .join(';')

const newestFailed = ({ failed }: DeviceJson): DeviceJson['failed'][number] | undefined => failed[0]

/** What an import takes comes first. */
const deviceColumns = {
  product: ({ view }: DeviceCells) => said(view.product),
  name: ({ view }: DeviceCells) => said(view.name),
  gateway: ({ view }: DeviceCells) => said(view.gateway),
  tags: ({ view }: DeviceCells) => said(view.tags.join(';')),
  pinned: ({ device }: DeviceCells) => isPinned(device),
  online: ({ view }: DeviceCells) => view.online,
  lastSeen: ({ view }: DeviceCells) => view.lastSeen,
  address: ({ view }: DeviceCells) => said(view.address),
  version: ({ version }: DeviceCells) => said(version),
  modules: ({ view }: DeviceCells) => said(modulesText(view)),
  credential: ({ view }: DeviceCells) => view.credential,
  contended: ({ view }: DeviceCells) => view.contended,
  disputed: ({ view }: DeviceCells) => said(view.disputed),
  connection: ({ view }: DeviceCells) => said(view.connection?.text ?? null),
  createdAt: ({ view }: DeviceCells) => view.createdAt,
  failedCampaign: ({ view }: DeviceCells) => newestFailed(view)?.campaign ?? null,
  failedTask: ({ view }: DeviceCells) => newestFailed(view)?.task ?? null,
  failedVersion: ({ view }: DeviceCells) => said(newestFailed(view)?.version ?? null),
  failedReason: ({ view }: DeviceCells) => said(newestFailed(view)?.reason ?? newestFailed(view)?.state ?? null),
  failedDesc: ({ view }: DeviceCells) => said(newestFailed(view)?.desc ?? null),
  failedAt: ({ view }: DeviceCells) => newestFailed(view)?.endedAt ?? null,
}

/** `module`: whose version is shown; else that of `default`, or of the first one. */
export const devicesTable = (
  operators: Pick<Operators, 'reads' | 'devices' | 'connections'>,
  module: string | undefined,
): CsvTable<Device> =>
  csvTable((device) => ({ device, view: deviceView(operators, device), version: versionShown(device, module) ?? null }), deviceColumns)

const exported: ReadonlySet<string> = new Set(Object.keys(deviceColumns).map((name) => name.toLowerCase()))

/** Whether an exported list of devices has a column of that name, in lower case. */
export const isExported = (name: string): boolean => exported.has(name)

// ---------------------------------------------------------------- tasks

const taskColumns = {
  id: ({ id }: TaskJson) => id,
  campaign: ({ campaign }: TaskJson) => campaign,
  device: ({ device }: TaskJson) => said(device),
  module: ({ module }: TaskJson) => said(module),
  firmware: ({ firmware }: TaskJson) => firmware,
  from: ({ from }: TaskJson) => said(from),
  to: ({ to }: TaskJson) => said(to),
  state: ({ state }: TaskJson) => state,
  reason: ({ reason }: TaskJson) => said(reason),
  code: ({ code }: TaskJson) => code,
  desc: ({ desc }: TaskJson) => said(desc),
  step: ({ step }: TaskJson) => step,
  phase: ({ phase }: TaskJson) => phase,
  attempt: ({ attempt }: TaskJson) => attempt,
  notBefore: ({ notBefore }: TaskJson) => notBefore,
  bytes: ({ bytes }: TaskJson) => bytes,
  size: ({ size }: TaskJson) => size,
  createdAt: ({ createdAt }: TaskJson) => createdAt,
  notifiedAt: ({ notifiedAt }: TaskJson) => notifiedAt,
  startedAt: ({ startedAt }: TaskJson) => startedAt,
  endedAt: ({ endedAt }: TaskJson) => endedAt,
}

export const tasksTable = (operators: Pick<Operators, 'reads' | 'tasks'>): CsvTable<ListedTask> =>
  csvTable((task) => taskView(operators, task), taskColumns)

// ---------------------------------------------------------------- campaigns

const states = ['queued', 'notified', 'in_progress', 'succeeded', 'failed', 'timed_out', 'rejected', 'canceled', 'skipped'] as const

/** Not by `campaignView`, which counts all targets that wait. */
export const campaignsTable = (operators: Pick<Operators, 'reads' | 'campaigns'>, now: () => number): CsvTable<Campaign> => {
  const { reads, campaigns } = operators
  const textOf = (campaign: Campaign): string => {
    const sentence = campaignSaid(operators, campaign, now())
    return sentence === null ? '' : said(say(sentence))
  }
  const counts = states.map((state) => [state, ({ id }: Campaign) => reads.tally(id)[state]] as const)
  return csvTable((campaign: Campaign) => campaign, {
    id: ({ id }) => id,
    name: ({ name }) => said(name),
    status: ({ status }) => status,
    reason: ({ reason }) => said(reason),
    text: textOf,
    firmware: ({ firmware }) => firmware,
    product: ({ product }) => said(product),
    module: ({ module }) => said(module),
    version: ({ version }) => said(version),
    phase: ({ phase }) => (phase === null ? null : phase.index + 1),
    phases: ({ phases }) => phases.length,
    ...Object.fromEntries(counts),
    unreported: ({ id }) => campaigns.unreported(id),
    waiting: ({ id }) => reads.waiting(id).size,
    createdAt: ({ createdAt }) => isoTime(createdAt),
    startedAt: ({ startedAt }) => isoOrNull(startedAt),
    endedAt: ({ endedAt }) => isoOrNull(endedAt),
  })
}
