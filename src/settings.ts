// Every setting with its type, limits and default: the single source for types, checks, config.example.json and
// docs/settings.md.

import { type Static, Type } from 'typebox'
import { mes, station } from './settings-production.ts'
import {
  choice,
  count,
  filters,
  flag,
  type fromFile,
  listen,
  nullable,
  pem,
  seconds,
  secret,
  section,
  strict,
  text,
  timeout,
} from './settings-words.ts'

const listener = Type.Object(
  {
    url: Type.String({
      pattern: '^(mqtt|mqtts|ws|wss)://',
      description: '`mqtt://`, `mqtts://`, `ws://` or `wss://`, with host and port; `[::]` is all addresses, port 0 any free port.',
    }),
    cert: Type.Optional(pem('PEM certificate chain, for `mqtts` and `wss`.')),
    key: Type.Optional(pem('PEM private key, for `mqtts` and `wss`.')),
    ca: Type.Optional(pem('PEM of the CA certificates that must have signed client certificates.')),
    requestCert: Type.Optional(Type.Boolean({ description: 'Refuse clients without a certificate signed by `ca`.' })),
  },
  strict,
)

const user = Type.Object(
  {
    username: text('The username sent in CONNECT.'),
    passwordHash: secret(Type.String({ pattern: '^scrypt\\$' }), 'The scrypt hash of the password, `scrypt$…`.'),
    publish: filters('Topics that the user may publish to.'),
    subscribe: filters('Topics that the user may subscribe to and receive.'),
  },
  strict,
)

const mqtt = Type.Object(
  {
    listeners: Type.Array(listener, {
      minItems: 1,
      default: [{ url: 'mqtt://[::]:1883' }],
      description: 'Addresses that devices and users connect to.',
    }),
    maxPacketBytes: count(1_048_576, 'Largest MQTT packet accepted, bytes; OTA messages cannot be larger.', 1024),
    maxConnections: count(100_000, 'Maximum number of simultaneous connections.'),
    connectionsPerAddress: count(
      5_000,
      'Maximum number of simultaneous connections of one address (IPv6: one /64) whose clients have not proved who they are by a password; does not apply to loopback.',
    ),
    newDevicesPerAddress: count(
      3_000,
      'Maximum number of device names in a minute that connect from one address (IPv6: one /64) and were not known before; does not apply to loopback.',
    ),
    keepaliveLimit: Type.Integer({
      minimum: 0,
      maximum: 65_535,
      default: 0,
      description: 'Longest keep-alive that a client may request, seconds; 0: no limit.',
    }),
    maxRetainedBytes: count(
      67_108_864,
      'Maximum size of all retained messages, bytes of topics and payloads; beyond that a message at QoS 0 is delivered but not retained, and one at QoS 1 or 2 is not acknowledged.',
      1024,
    ),
    sessions: Type.Object(
      {
        inflight: Type.Integer({
          minimum: 1,
          maximum: 1000,
          default: 20,
          description: 'Maximum number of unacknowledged messages at QoS 1 and 2 per client; further messages wait.',
        }),
        maxMessages: Type.Integer({
          minimum: 200,
          maximum: 40_000,
          default: 10_000,
          description: 'Maximum number of messages queued for one client, unacknowledged ones included; newer messages for it are dropped.',
        }),
        maxBytes: count(16_777_216, 'The same, in bytes of topics and payloads.', 1024),
        maxTotalBytes: count(268_435_456, 'The same, in bytes, for all sessions together.', 1024),
        share: Type.Number({
          exclusiveMinimum: 0,
          maximum: 1,
          default: 0.0625,
          description:
            'Largest part of `maxTotalBytes`, and of mqtt.maxRetainedBytes, that one device or user may take with all its client ids, and all clients without a username together. In the queues one client of a user, or without a username, takes at most half of what the others leave of it.',
        }),
        perDevice: count(16, 'Maximum number of sessions that are kept for one device; with a new one its oldest one ends.'),
        messageSeconds: seconds(1_209_600, 'A message that is queued longer is dropped; 0: never.'),
        sessionSeconds: seconds(7_776_000, 'A session whose client is disconnected longer ends; 0: never.'),
      },
      section,
    ),
    users: Type.Array(user, { default: [], description: 'Operators and other clients that are not devices.' }),
    anonymous: nullable(
      Type.Object(
        { publish: filters('Topics that they may publish to.'), subscribe: filters('Topics that they may subscribe to and receive.') },
        { ...strict, description: 'What clients without a username may do; null: they are refused.' },
      ),
    ),
  },
  section,
)

const devices = Type.Object(
  {
    enrolment: choice(
      ['open', 'first-use', 'closed'],
      'first-use',
      'open: any client may connect as any device. first-use: a device is bound to the first password it connects with. closed: only devices that were added before, with their secret.',
    ),
  },
  section,
)

const productScheme = Type.Object(
  {
    product: text('The product key of the device that downloads; for sub-devices that of the gateway.'),
    scheme: Type.Enum(['http', 'https'], { description: 'The scheme of its links, however it is connected.' }),
  },
  strict,
)

const firmware = Type.Object(
  {
    listen: listen(8070, 'Port of the firmware downloads; 0: any free port.'),
    plain: flag(true, 'false: no plain HTTP on `firmware.listen`; all links are https. Needs `firmware.cert` and `firmware.key`.'),
    tlsListen: listen(
      8071,
      'Port of the firmware downloads over HTTPS, open if `firmware.cert` and `firmware.key` are set; 0: any free port.',
    ),
    cert: nullable(pem('PEM certificate chain; with `cert` and `key` images are served over HTTPS too.')),
    key: nullable(pem('PEM private key.')),
    schemes: Type.Array(productScheme, {
      default: [],
      description: 'Products whose links are not of the scheme of their MQTT connection (https if that uses TLS, else http).',
    }),
    publicUrl: nullable(
      Type.String({
        pattern: '^https?://',
        description:
          'Start of download links, if devices reach the server under another name; null: the address that the device connected to.',
      }),
    ),
    tlsPublicUrl: nullable(
      Type.String({
        pattern: '^https://',
        description:
          'The same for https links only, which then do not begin with `firmware.publicUrl`; null: as `firmware.publicUrl` says.',
      }),
    ),
    maxDownloads: count(2_000, 'Maximum number of simultaneous downloads; further ones wait for a place as long as their client does.'),
    idleSeconds: timeout(30, 'A download that moves no byte for this long gives its place to one that waits; its connection stays open.'),
    maxPendingPerAddress: count(
      4_000,
      'Maximum number of connections of one address (IPv6: one /64) that have not asked for an image yet; beyond it the oldest is closed. Not for 127.0.0.1 and ::1.',
    ),
    bytesPerSecond: Type.Integer({ minimum: 0, default: 0, description: 'Speed of all downloads together; 0: no limit.' }),
    maxFileBytes: count(2_147_483_648, 'Largest image accepted, bytes.'),
    cacheBytes: Type.Integer({ minimum: 0, default: 268_435_456, description: 'Memory for caching images, bytes.' }),
  },
  section,
)

const admin = Type.Object(
  {
    listen: listen(8080, 'Port of the admin API; 0: any free port.'),
    cert: nullable(pem('PEM certificate chain; with `cert` and `key` the admin API uses HTTPS.')),
    key: nullable(pem('PEM private key.')),
    trustedProxies: Type.Array(text('An IP address, or a network such as `10.0.0.0/8`.'), {
      default: [],
      description:
        'Reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` count: the address of a request is then the last one that none of them has.',
    }),
  },
  section,
)

const ota = Type.Object(
  {
    maxUplinkBytes: count(65_536, 'Largest OTA message accepted, bytes; larger ones are acknowledged and dropped.', 256),
    maxFamilyUplinkBytes: count(
      524_288,
      'The same for messages about sub-devices (sub.*, topo), and for all messages of a device that has sub-devices; never less than `maxUplinkBytes`.',
      256,
    ),
    noUpdateReply: choice(
      ['none', 'empty'],
      'none',
      'The reply to firmware.get when there is no update: none, or a message with empty params.',
    ),
    getBurst: count(5, 'firmware.get requests of one device that are answered in a burst.'),
    getPerSecond: Type.Number({
      exclusiveMinimum: 0,
      default: 1,
      description: 'firmware.get requests of one device that are answered per second.',
    }),
    slotSeconds: timeout(900, 'A notified device that stays silent this long frees its slot.'),
    noResponseSeconds: timeout(86_400, 'Notified and silent this long: timed_out(no_response).'),
    upgradeSeconds: timeout(3_600, 'Not finished this long after the first progress report: timed_out(upgrade).'),
    subDeviceUpgradeSeconds: timeout(21_600, 'The same for sub-devices.'),
    stallSeconds: timeout(900, 'No progress report and no downloaded bytes this long: timed_out(stall).'),
    rollbackGraceSeconds: seconds(300, 'Time from a report of the old version on a later connection to failed(rolled_back).'),
    repushSeconds: seconds(60, 'Time from SUBACK without a version report until the update is pushed again.'),
    settleSeconds: seconds(3, 'Time for a new device to report its version before campaigns treat the version as unknown.'),
    linkSeconds: seconds(86_400, 'A download link stays valid this long after its task ended.'),
    modulesAtOnce: count(1, 'Maximum number of modules of one device notified or in progress at the same time.'),
    subDevicesAtOnce: count(20, 'Maximum number of sub-devices of one gateway notified or in progress at the same time.'),
    gatewayTakeover: choice(
      ['free', 'unclaimed', 'never'],
      'unclaimed',
      'Which sub-devices a gateway may assign to itself by thing/up/topo. free: those of other gateways too. unclaimed: those without a gateway, or whose gateway has been away for 10 minutes. never: none. What an operator has assigned stays in any case.',
    ),
    childrenPerGateway: count(
      5_000,
      'Maximum number of sub-devices of one gateway that it has named itself; further ones are dropped. It makes at most twice as many known in a day.',
    ),
    subElements: count(10, 'Maximum number of elements in one sub.firmware.post.'),
    subBytes: count(16_384, 'Maximum size of one sub.firmware.post, bytes.', 1024),
    maxInProgress: count(
      50,
      'Maximum number of tasks of a campaign notified or in progress at the same time, unless the campaign has its own limit.',
    ),
    perMinute: count(1_000, 'Maximum number of tasks of a campaign notified in any minute, unless the campaign has its own limit.'),
    serverInProgress: nullable(
      Type.Integer({
        minimum: 0,
        description:
          'Maximum number of tasks of all campaigns that were notified less than a minute ago or whose download is not finished, shared fairly; null: firmware.maxDownloads, 0: no limit.',
      }),
    ),
    serverPerMinute: count(0, 'Maximum number of tasks of all campaigns notified in any minute, shared fairly; 0: no limit.', 0),
    flapDisconnects: count(3, 'A device that succeeded and then disconnects this often while its phase soaks counts against the phase.'),
    keepTaskDays: count(365, 'Ended tasks older than this are removed, except those of running campaigns; 0: never.', 0),
    keepTasks: count(1_000_000, 'Number of newest tasks that are kept; older ended tasks are removed. 0: all.', 0),
  },
  section,
)

const log = Type.Object(
  {
    level: choice(['trace', 'debug', 'info', 'warn', 'error', 'silent'], 'info', 'Lowest level that is logged.'),
    format: choice(['pretty', 'json'], 'pretty', 'pretty: lines for people. json: one object per line.'),
  },
  section,
)

export const settingsSchema = Type.Object(
  {
    dataDir: text('Directory of store, images and token; relative to the working directory of the server.', './data'),
    requireExisting: flag(
      false,
      'Refuse to start with a data directory that has no store, which is what a disk that was not mounted leaves.',
    ),
    announce: flag(
      true,
      'Announce the server on the local network by multicast DNS (`_mqtt._tcp`, `_fogbell._tcp`), unless it listens on loopback addresses only.',
    ),
    mqtt,
    devices,
    firmware,
    admin,
    ota,
    station,
    mes,
    log,
  },
  section,
)

/** What the schema accepts, after secrets were read: `{"file": …}` has become a plain string. */
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
