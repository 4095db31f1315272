// The JSON of the overview, the listeners and the settings as schemas.

import { type Static, type TSchema, Type } from 'typebox'
import { taskStates } from '../ota/model.ts'
import { type CountsJson, campaignStatuses } from './campaign-schemas.ts'
import { count, counted, fromOne, idText, nullable, strict, text, time } from './schema-words.ts'
import { maybeSaidFields, saidFields } from './sentence-schemas.ts'

const certificate = Type.Object(
  {
    subject: text,
    issuer: text,
    names: Type.Array(text, { description: 'Host names and addresses that it is for.' }),
    from: time,
    until: time,
    daysLeft: Type.Integer({ description: 'Whole days until it ends; below 0: it has ended.' }),
    fingerprint: Type.String({ description: 'SHA-256 of the certificate, in hex.' }),
  },
  { ...strict, $id: 'Certificate', description: 'The first one of the chain.' },
)
export type CertificateJson = Static<typeof certificate>

const listener = Type.Object(
  {
    service: Type.Enum(['mqtt', 'firmware', 'admin'] as const, { type: 'string' }),
    url: Type.String({ description: 'With the port in use.' }),
    scheme: text,
    host: Type.String({ description: '`::` and `0.0.0.0` are all addresses.' }),
    port: count,
    encrypted: Type.Boolean(),
    certificate: nullable(Type.Unsafe<CertificateJson>(Type.Ref('Certificate'))),
  },
  { ...strict, $id: 'Listener', description: 'Where the server listens for what.' },
)
export type ListenerJson = Static<typeof listener>

const server = Type.Object(
  {
    version: text,
    startedAt: time,
    at: Type.String({ format: 'date-time', description: 'Now, by its clock.' }),
    directory: Type.String({ description: 'Where its data is.' }),
    dataBytes: nullable(counted('Of all files there.')),
    freeBytes: nullable(counted('Of the file system: what the server may still write.')),
    diskBytes: nullable(counted('Of the file system: all of it.')),
    connections: counted('MQTT connections, of devices and others.'),
  },
  { ...strict, $id: 'ServerFacts', description: 'The server, and the disk that it writes to. null: the system does not say.' },
)
export type ServerFactsJson = Static<typeof server>

const setting = Type.Object(
  {
    path: Type.String({ description: 'As in docs/settings.md.' }),
    value: Type.Unsafe<unknown>({ description: 'In effect. A secret is shown as `{"hidden":true}`, or null where none is set.' }),
    source: Type.Enum(['flag', 'environment', 'file', 'default', 'program'] as const, {
      type: 'string',
      description: '`program`: given by the program that embeds the server.',
    }),
    from: nullable(Type.String({ description: 'The flag, the variable or the file; null: it is the default.' })),
    description: text,
  },
  { ...strict, $id: 'Setting', description: 'A setting in effect, and where it came from.' },
)
export type SettingJson = Static<typeof setting>

const moduleCount = Type.Object(
  {
    product: text,
    module: text,
    devices: counted('That have reported the module.'),
    versions: Type.Array(Type.Object({ version: text, devices: count }, strict), { description: 'The ten that most devices run.' }),
    others: Type.Object({ versions: count, devices: count }, { ...strict, description: 'Besides these.' }),
  },
  strict,
)

const devices = Type.Object(
  {
    known: count,
    online: counted('Connected, or reached by the connection of their gateway.'),
    modules: Type.Array(moduleCount, { description: 'The 20 modules of products that most devices have reported.' }),
    otherModules: counted('Modules of products besides these.'),
  },
  strict,
)

const perSecond = {
  messagesReceived: counted('Published by clients.'),
  messagesSent: counted('Sent to clients.'),
  downloadBytes: counted('Bytes of images.'),
}

const running = Type.Object(
  {
    id: idText('The campaign.'),
    name: text,
    status: Type.Enum(campaignStatuses, { type: 'string' }),
    reason: nullable(text),
    ...maybeSaidFields('Why it has this status, with the figures.'),
    product: text,
    module: text,
    version: text,
    phase: nullable(fromOne('The newest phase that is open.')),
    phases: count,
    opens: nullable(fromOne('The phase that waits for an operator to open it; null: none does.')),
    counts: Type.Unsafe<CountsJson>(Type.Ref('Counts')),
    waiting: counted('Targets that wait for another campaign and have no task yet.'),
    startedAt: nullable(time),
  },
  strict,
)

const failure = Type.Object(
  {
    task: idText('The task.'),
    campaign: idText('Its campaign.'),
    device: text,
    module: text,
    version: text,
    at: time,
    ...saidFields('How it ended.'),
  },
  strict,
)

const failureGroup = Type.Object(
  {
    state: Type.Enum(taskStates, { type: 'string' }),
    reason: nullable(text),
    count: counted('Of the newest 20.'),
    tasks: Type.Array(failure, { description: 'The newest first.' }),
  },
  strict,
)

const taskCounts = Type.Object(
  Object.fromEntries(taskStates.map((state) => [state, count])) as Record<(typeof taskStates)[number], typeof count>,
  {
    ...strict,
    description: "Each device's newest attempt in each campaign that is kept.",
  },
)

const figures = {
  at: time,
  devices,
  connections: counted('MQTT connections, of devices and others.'),
  packages: Type.Object({ known: count, newest: nullable(idText('The package.')) }, strict),
  tasks: taskCounts,
  downloads: Type.Object({ active: count, waiting: count }, strict),
  rates: Type.Object(perSecond, { ...strict, description: 'Of the last second.' }),
  campaigns: Type.Array(running, { description: 'Scheduled, running and paused ones, the newest first, at most 20.' }),
  otherCampaigns: counted('Scheduled, running and paused ones besides these.'),
  failures: Type.Array(failureGroup, { description: 'The newest 20 tasks that failed, timed out or were rejected, by state and reason.' }),
  refusals: Type.Array(Type.Ref('Refused'), { description: 'The newest 20 connections that were refused.' }),
  warnings: Type.Array(Type.Object(saidFields('The warning.'), strict), { description: 'What an operator should look after.' }),
}

const overview = Type.Object(
  {
    version: Type.String({ description: 'Of the server.' }),
    ...figures,
    history: Type.Object(
      {
        messagesReceived: Type.Array(count),
        messagesSent: Type.Array(count),
        downloadBytes: Type.Array(count),
      },
      { ...strict, description: 'The same rates for each of the last 300 seconds, the oldest first.' },
    ),
  },
  { ...strict, $id: 'Overview', description: 'The state of the server and the fleet in one answer.' },
)
export type OverviewJson = Static<typeof overview>
export type FiguresJson = Omit<OverviewJson, 'history' | 'version'>

export const overviewSchemas: readonly TSchema[] = [certificate, listener, server, setting, overview]
