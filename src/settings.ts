// Every setting with its type, bounds and default: the schema is the one source for types, checks,
// config.example.json and docs/settings.md; and how a listener's URL is read. Imports nothing of ours.

import { type Static, type TSchema, Type } from 'typebox'

const strict = { additionalProperties: false } as const
const section = { ...strict, default: {} } as const
/** Fractions are fine. A time-out of 0 would end everything at once, and reads like `off`: refused. */
const timeout = (value: number, description: string) =>
  Type.Number({ exclusiveMinimum: 0, maximum: 31_536_000, default: value, description })
const seconds = (value: number, description: string) => Type.Number({ minimum: 0, maximum: 31_536_000, default: value, description })
const count = (value: number, description: string, minimum = 1) => Type.Integer({ minimum, default: value, description })
const text = (description: string, value?: string) =>
  Type.String({ minLength: 1, description, ...(value === undefined ? {} : { default: value }) })
const words = <T extends string>(values: readonly T[], value: NoInfer<T>, description: string) =>
  Type.Enum<T[]>(values, { default: value, description })
/** Where a secret stands in a file of its own. */
const fromFile = Type.Object({ file: text('Path, relative to the settings file.') }, strict)
/** A secret: as it is, or from a file. Its value is never shown in a fault. */
const secret = <T extends TSchema>(schema: T, description: string) => Type.Union([schema, fromFile], { description })
const pem = (description: string) => secret(Type.String({ pattern: '-----BEGIN [A-Z ]+-----' }), description)
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()], { default: null })
const listen = (value: number, description: string) =>
  Type.Object(
    {
      host: text('Address to listen on; `::` is every address, IPv4 included.', '::'),
      port: Type.Integer({ minimum: 0, maximum: 65_535, default: value, description }),
    },
    section,
  )
const filters = (description: string) => Type.Array(text('An MQTT topic filter.'), { default: [], description })

const listener = Type.Object(
  {
    url: Type.String({
      pattern: '^(mqtt|mqtts|ws|wss)://',
      description: '`mqtt://`, `mqtts://`, `ws://` or `wss://`, with host and port; `[::]` is every address, port 0 a free one.',
    }),
    cert: Type.Optional(pem('PEM certificate chain of `mqtts` and `wss`.')),
    key: Type.Optional(pem('PEM private key of `mqtts` and `wss`.')),
    ca: Type.Optional(pem('PEM of the authorities that client certificates must come from.')),
    requestCert: Type.Optional(Type.Boolean({ description: 'Refuse clients that show no certificate from `ca`.' })),
  },
  strict,
)

const user = Type.Object(
  {
    username: text('As in CONNECT.'),
    passwordHash: secret(Type.String({ pattern: '^scrypt\\$' }), 'The scrypt hash of the password, `scrypt$…`.'),
    publish: filters('What the user may publish to.'),
    subscribe: filters('What the user may subscribe to and be sent.'),
  },
  strict,
)

const mqtt = Type.Object(
  {
    listeners: Type.Array(listener, {
      minItems: 1,
      default: [{ url: 'mqtt://[::]:1883' }],
      description: 'Where devices and users connect.',
    }),
    maxPacketBytes: count(262_144, 'Largest MQTT packet taken, bytes.', 1024),
    maxConnections: count(100_000, 'Connections at once.'),
    keepaliveLimit: Type.Integer({
      minimum: 0,
      maximum: 65_535,
      default: 0,
      description: 'Longest keep-alive a client may ask for, seconds; 0: any.',
    }),
    maxRetainedBytes: count(67_108_864, 'Retained messages kept, bytes of topics and payloads; one more is delivered and not kept.', 1024),
    sessions: Type.Object(
      {
        inflight: Type.Integer({
          minimum: 1,
          maximum: 1000,
          default: 20,
          description: 'Messages at QoS 1 and 2 that a client may have unacknowledged; more wait.',
        }),
        maxMessages: Type.Integer({
          minimum: 200,
          maximum: 40_000,
          default: 10_000,
          description: 'Messages that wait for one client, or are unacknowledged; newer ones are lost to it.',
        }),
        maxBytes: count(16_777_216, 'The same in bytes of topics and payloads.', 1024),
        maxTotalBytes: count(268_435_456, 'The same for all sessions together.', 1024),
        messageSeconds: seconds(1_209_600, 'A message that waits longer for its client is dropped; 0: never.'),
        sessionSeconds: seconds(7_776_000, 'A session whose client stays away longer ends; 0: never.'),
      },
      section,
    ),
    users: Type.Array(user, { default: [], description: 'Operators and other clients that are no devices.' }),
    anonymous: nullable(
      Type.Object(
        { publish: filters('What they may publish to.'), subscribe: filters('What they may subscribe to and be sent.') },
        { ...strict, description: 'What clients without a username may do; null: they are refused.' },
      ),
    ),
  },
  section,
)

const devices = Type.Object(
  {
    enrolment: words(
      ['open', 'first-use', 'closed'],
      'first-use',
      'open: anyone may be any device. first-use: the first password shown binds. closed: only devices added before, by their secret.',
    ),
  },
  section,
)

const firmware = Type.Object(
  {
    listen: listen(8070, 'Port of the firmware downloads; 0: a free one.'),
    publicUrl: nullable(
      Type.String({
        pattern: '^https?://',
        description:
          'What download links start with, where devices reach it by another name; null: the address that the device connected to.',
      }),
    ),
    maxDownloads: count(200, 'Downloads served at once; more wait up to 20 s.'),
    bytesPerSecond: Type.Integer({ minimum: 0, default: 0, description: 'All downloads together; 0: no bound.' }),
    maxFileBytes: count(2_147_483_648, 'Largest image taken, bytes.'),
    cacheBytes: Type.Integer({ minimum: 0, default: 268_435_456, description: 'Memory for hot images, bytes.' }),
  },
  section,
)

const admin = Type.Object(
  {
    listen: listen(8080, 'Port of the admin API; 0: a free one.'),
    cert: nullable(pem('PEM certificate chain: with it and `key` the admin API speaks HTTPS.')),
    key: nullable(pem('PEM private key.')),
  },
  section,
)

const ota = Type.Object(
  {
    maxUplinkBytes: count(65_536, 'Largest OTA message read; larger ones are dropped and acknowledged.', 256),
    noUpdateReply: words(
      ['none', 'empty'],
      'none',
      'What answers firmware.get when there is no update: nothing, or a message without params.',
    ),
    getBurst: count(5, 'firmware.get answered at once for each device.'),
    getPerSecond: Type.Number({ exclusiveMinimum: 0, default: 1, description: 'firmware.get answered a second for each device.' }),
    slotSeconds: timeout(900, 'A device told of an update and silent this long frees its slot.'),
    noResponseSeconds: timeout(86_400, 'Told and silent this long: timed_out(no_response).'),
    upgradeSeconds: timeout(3_600, 'From the first progress: timed_out(upgrade).'),
    subDeviceUpgradeSeconds: timeout(21_600, 'The same for sub-devices.'),
    stallSeconds: timeout(900, 'No progress and no bytes this long: timed_out(stall).'),
    rollbackGraceSeconds: seconds(300, 'From the old version on a later connection to failed(rolled_back).'),
    repushSeconds: seconds(60, 'From SUBACK without a version report to the repeated push.'),
    settleSeconds: seconds(3, 'How long a new device may take to report its version before campaigns take it as unknown.'),
    linkSeconds: seconds(86_400, 'A download link stays valid this long after its task ended.'),
    modulesAtOnce: count(1, 'Modules of one device told or in progress at once.'),
    subDevicesAtOnce: count(20, 'Sub-devices of one gateway told or in progress at once.'),
    subElements: count(10, 'Elements of one sub.firmware.post.'),
    subBytes: count(16_384, 'Bytes of one sub.firmware.post.', 1024),
    maxInProgress: count(50, "A campaign's tasks told or in progress at once, unless it says otherwise."),
    perMinute: count(1_000, "A campaign's tasks told in any minute, unless it says otherwise."),
    serverInProgress: count(0, 'Tasks told or in progress at once, of all campaigns; shared fairly. 0: no bound.', 0),
    serverPerMinute: count(0, 'Tasks told in any minute, of all campaigns; shared fairly. 0: no bound.', 0),
    flapDisconnects: count(3, 'A device that succeeded and disconnects this often while its phase soaks counts against the phase.'),
    keepTaskDays: count(365, 'Finished tasks older than this are removed, but for those of campaigns that still run. 0: kept.', 0),
    keepTasks: count(1_000_000, 'Of tasks the newest so many are kept; older finished ones are removed. 0: all.', 0),
  },
  section,
)

const log = Type.Object(
  {
    level: words(['trace', 'debug', 'info', 'warn', 'error', 'silent'], 'info', 'The least that is told.'),
    format: words(['pretty', 'json'], 'pretty', 'pretty: lines for people. json: one object a line.'),
  },
  section,
)

export const settingsSchema = Type.Object(
  {
    dataDir: text('Store, images, token; relative to where the server is started.', './data'),
    mqtt,
    devices,
    firmware,
    admin,
    ota,
    log,
  },
  section,
)

/** What the schema admits, with the secrets that stood in files read: `{"file": …}` has become a plain string. */
type Resolved<T> =
  T extends Static<typeof fromFile>
    ? string
    : T extends readonly (infer Item)[]
      ? readonly Resolved<Item>[]
      : T extends object
        ? { readonly [Key in keyof T]: Resolved<T[Key]> }
        : T

export type Settings = Resolved<Static<typeof settingsSchema>>
export type OtaSettings = Settings['ota']
export type Enrolment = Settings['devices']['enrolment']
export type Listener = Settings['mqtt']['listeners'][number]
export type LogSettings = Settings['log']

export interface ListenerAddress {
  readonly scheme: 'mqtt' | 'mqtts' | 'ws' | 'wss'
  /** As `net` wants it: IPv6 without brackets. */
  readonly host: string
  readonly port: number
  /** What follows the port: the path of ws and wss; empty where the URL has none. */
  readonly path: string
}

/** A listener's URL taken apart; undefined unless it is scheme, host, port and at most a path. The URL class would lose `ws://host:80`'s port. */
export const listenerAddress = (url: string): ListenerAddress | undefined => {
  const parts = /^(mqtt|mqtts|ws|wss):\/\/(\[[\da-f:.%a-z]+\]|[\w.-]+):(\d{1,5})(\/[^\s?#]*)?$/i.exec(url)
  const [, scheme = '', host = '', port = '', path = ''] = parts ?? []
  if (parts === null || Number(port) > 65_535) return undefined
  return { scheme: scheme.toLowerCase() as ListenerAddress['scheme'], host: host.replace(/^\[|\]$/g, ''), port: Number(port), path }
}
