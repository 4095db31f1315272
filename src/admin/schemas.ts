// The JSON of the admin API as schemas: what it answers, under the names in openapi.json. They give views.ts its types, the document its
// components and the tests their checks. Knows no route.

import { type Static, type TSchema, Type } from 'typebox'
import { errorCodes } from '../errors.ts'
import { areas, results } from '../finding.ts'
import { accessSchemas } from './access-schemas.ts'
import { campaign, counts, gate, phase, plan } from './campaign-schemas.ts'
import { device, taskState } from './device-schemas.ts'
import { figureSchemas } from './figure-schemas.ts'
import { firmware } from './firmware-schemas.ts'
import { overviewSchemas } from './overview-schemas.ts'
import { refusalReason, runSchemas } from './run-schemas.ts'
import { count, counted, fromOne, idText, nullable, strict, text, time } from './schema-words.ts'
import { detailFields, fault, params, paramsRef, saidFields, sentenceSchema } from './sentence-schemas.ts'
import { stationSchemas } from './station-schemas.ts'

const problem = Type.Object(
  {
    type: text,
    title: text,
    status: Type.Integer(),
    code: Type.Enum(errorCodes, { type: 'string', description: 'Later versions may have more.' }),
    ...detailFields,
    faults: Type.Optional(Type.Array(fault)),
    reason: refusalReason,
    current: Type.Optional(Type.Unsafe<unknown>({ description: 'Of OTA_CHANGED: what is there now, null if it is nothing.' })),
  },
  {
    ...strict,
    $id: 'Problem',
    description:
      'RFC 9457. `code`, and `detailCode` within it, never change their meaning; the texts may. `detailCode` and `params` are the sentence ' +
      'that `detail` says.',
  },
)

const refused = Type.Object(
  {
    at: time,
    reason: Type.String({ description: 'One word, as the metrics count it.' }),
    ...saidFields('The reason.'),
    device: nullable(Type.String({ description: 'pk/dn that its user name names; null: none.' })),
    clientId: nullable(Type.String({ description: 'As sent, at most 256 characters; null: it could not be read.' })),
    user: nullable(Type.String({ description: 'The user name as sent, at most 256 characters; null: none was sent, or read.' })),
    address: text,
  },
  { ...strict, $id: 'Refused', description: 'A connection that was refused.' },
)

const refusalGroup = Type.Object(
  {
    reason: Type.String({ description: 'One word, as the metrics count it.' }),
    ...saidFields('The reason.'),
    address: text,
    count: counted('Refusals.'),
    first: time,
    last: time,
    devices: Type.Array(text, { description: 'The newest ten that user names named, as pk/dn.' }),
    deviceCount: counted('All of these.'),
    clientIds: Type.Array(text, { description: 'The newest ten client ids.' }),
    clientIdCount: counted('All of these.'),
  },
  { ...strict, $id: 'RefusalGroup', description: 'Connections from one address that were refused for one reason.' },
)

const installed = Type.Object(
  {
    at: time,
    module: text,
    version: text,
    task: nullable(idText('The task that installed it; null: it was not installed by a task.')),
    campaign: nullable(idText('The campaign of that task.')),
    sha256: nullable(Type.String({ description: 'Of the image of that task.' })),
  },
  { ...strict, $id: 'Installed', description: 'A version that a device installed, and since when. Kept permanently.' },
)

const timelineEntry = Type.Object(
  {
    at: time,
    what: Type.Enum(['connected', 'disconnected', 'refused', 'task', 'version', 'moved', 'disputed', 'contended'], { type: 'string' }),
    ...saidFields('What happened.'),
    address: nullable(Type.String({ description: 'Of the client that connected, was refused or left, without port.' })),
    reason: nullable(Type.String({ description: 'Why a connection was refused or ended: one word.' })),
    module: nullable(text),
    version: nullable(Type.String({ description: 'That it reported.' })),
    task: nullable(idText('The task that changed, or that installed the version.')),
    campaign: nullable(idText('The campaign of that task.')),
    attempt: nullable(Type.Integer({ description: 'Of that task.' })),
    state: nullable(Type.String({ description: 'Of that task, since then.' })),
  },
  { ...strict, $id: 'TimelineEntry', description: 'Something that happened to a device. The newest 1,000 of each device are kept.' },
)

const imported = Type.Object(
  {
    created: count,
    updated: counted('Were known, and something was changed.'),
    unchanged: counted('Were known, exactly as in the list.'),
  },
  { ...strict, $id: 'Imported' },
)

const verdict = Type.Object(
  {
    rule: Type.String({
      description:
        'Of the device `presence`, `refused`, `contended`, `disputed`, `takeover`, `unread`, `children` or `campaigns`; of a campaign ' +
        '`campaign ID` and then `target`, `task`, `task ID` or the reason for which the rule would refuse, such as `paused` or `slot`.',
    }),
    ok: Type.Boolean(),
    ...saidFields('The verdict in words, with the figure behind it.'),
    advice: Type.Optional(Type.Object(saidFields('What to do about an update that ended without success.'), strict)),
    campaign: nullable(idText('The campaign that the rule belongs to; null: the device itself.')),
    task: nullable(idText('The task that it is about.')),
    reason: nullable(Type.String({ description: 'One word for what holds the update back; null: this rule does not.' })),
  },
  { ...strict, $id: 'Verdict' },
)

const taskFields = {
  id: idText("The wire's task_id."),
  campaign: idText('The campaign that created it.'),
  device: Type.String({ description: 'pk/dn' }),
  module: text,
  firmware: idText('The package.'),
  from: nullable(text),
  to: text,
  state: taskState,
  reason: nullable(Type.String({ description: 'Why it ended like that; while queued: what it waits for now.' })),
  code: nullable(Type.Integer({ description: 'The raw step of a failure.' })),
  desc: nullable(Type.String({ description: "The device's own text." })),
  step: nullable(Type.Integer({ description: 'Last reported progress, 0 to 100.' })),
  phase: nullable(fromOne('Of its campaign; null if that has none.')),
  attempt: Type.Integer({ minimum: 1 }),
  notBefore: nullable(Type.String({ format: 'date-time', description: 'The earliest time of a retry.' })),
  timesOutAt: nullable(Type.String({ format: 'date-time', description: 'When it times out at the latest, as things are.' })),
  bytes: Type.Integer({ minimum: 0, description: 'Bytes of the image that were served to it, each counted once.' }),
  size: Type.Integer({ minimum: 0, description: 'Bytes of the image.' }),
  createdAt: time,
  notifiedAt: nullable(time),
  startedAt: nullable(time),
  endedAt: nullable(time),
  advice: Type.Optional(Type.Object(saidFields('What to do where it ended without success.'), strict)),
}
const task = Type.Object(taskFields, { ...strict, $id: 'Task' })

const historyEntry = Type.Object(
  { at: time, state: taskState, note: text, code: nullable(text), params: nullable(paramsRef) },
  { ...strict, description: '`note` is the sentence of `code` and `params` in English. Both are null in what Fogbell 0.1 recorded.' },
)

const taskRecord = Type.Object(
  { ...taskFields, history: Type.Array(historyEntry) },
  { ...strict, $id: 'TaskRecord', description: 'A task with its history.' },
)

const health = Type.Object(
  { status: Type.Enum(['ok', 'ready', 'not ready'] as const, { type: 'string' }), version: text },
  { ...strict, $id: 'Health' },
)

const retried = Type.Object({ retried: count }, { ...strict, $id: 'Retried' })

const finding = Type.Object(
  {
    area: Type.Enum(areas, { type: 'string' }),
    result: Type.Enum(results, { type: 'string', description: 'skipped: it could not be looked at.' }),
    ...saidFields('What was found.'),
    remedy: nullable(Type.Object(saidFields('What to do; commands are in backticks.'), strict)),
  },
  { ...strict, $id: 'Finding' },
)

const doctor = Type.Object(
  {
    version: text,
    time,
    findings: Type.Array(Type.Ref('Finding')),
    reach: Type.Object(
      {
        mqtt: Type.Array(text, { description: 'Where it listens for MQTT, as URLs; a wildcard host is every address of the machine.' }),
        firmware: Type.Array(text, { description: 'The same for downloads.' }),
        publicUrls: Type.Array(Type.Object({ setting: text, url: text }, strict), {
          description: 'What links begin with instead, by the setting that says so.',
        }),
        probe: Type.String({ description: 'Path of a test link, which is signed as links of images are.' }),
      },
      { ...strict, description: 'How devices reach the server.' },
    ),
  },
  { ...strict, $id: 'Doctor' },
)

/** Every named schema: its `$id` is its name in `$ref` and openapi.json. */
const token = Type.Object(
  { token: text, file: Type.String({ description: 'Where it is, on the server.' }) },
  { ...strict, $id: 'Token', description: 'The token of this API.' },
)

export const namedSchemas: readonly TSchema[] = [
  params,
  sentenceSchema,
  problem,
  firmware,
  device,
  refused,
  token,
  refusalGroup,
  installed,
  timelineEntry,
  imported,
  verdict,
  counts,
  phase,
  gate,
  campaign,
  plan,
  task,
  taskRecord,
  health,
  retried,
  finding,
  doctor,
  ...overviewSchemas,
  ...accessSchemas,
  ...runSchemas,
  ...figureSchemas,
  ...stationSchemas,
]

export type FaultJson = Static<typeof fault>
export type ProblemJson = Static<typeof problem>
export type FirmwareJson = Static<typeof firmware>
export type DeviceJson = Static<typeof device>
export type RefusedJson = Static<typeof refused>
export type RefusalGroupJson = Static<typeof refusalGroup>
export type TimelineEntryJson = Static<typeof timelineEntry>
export type InstalledJson = Static<typeof installed>
export type VerdictJson = Static<typeof verdict>
export type TaskJson = Static<typeof task>
export type TaskRecordJson = Static<typeof taskRecord>
export type HealthJson = Static<typeof health>
export type FindingJson = Static<typeof finding>
export type DoctorJson = Static<typeof doctor>
