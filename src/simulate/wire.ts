// FogCloud's messages as a device writes and reads them (protocol.md §1, §6). Bytes and plain data only: no sockets, no state.

import { createHash, createHmac } from 'node:crypto'

/** What a device or child logs in as: product key and device name. */
export interface Login {
  readonly product: string
  readonly name: string
}

/** One package that the server offers: `firmware.post`, or an element of `sub.firmware.post` (then with the child's identity). */
export interface Order {
  readonly identity: Login | null
  readonly taskId: string
  readonly module: string
  readonly version: string
  readonly url: string
  /** Bytes. */
  readonly size: number
  readonly sign: string
  readonly signMethod: 'MD5' | 'SHA256'
  readonly checksum: string | null
}

export const sameLogin = (one: Login, other: Login): boolean => one.product === other.product && one.name === other.name

/** The topics of a device; `thing` begins all of them, `downAll` is the filter of devices that subscribe with a wildcard. */
export const topicsOf = ({ product, name }: Login) => {
  const thing = `fogcloud/${product}/${name}/thing`
  return {
    thing,
    up: `${thing}/up/ota`,
    down: `${thing}/down/ota`,
    topoUp: `${thing}/up/topo`,
    topoDown: `${thing}/down/topo`,
    downAll: `${thing}/down/#`,
  }
}

/** 32 hex digits that depend only on the seed and the name, so that a second run has the same password. */
export const secretOf = (seed: number, { product, name }: Login): string =>
  createHash('sha256')
    .update(JSON.stringify(['fogbell simulate', seed, product, name]))
    .digest('hex')
    .slice(0, 32)

const hmacs = { hmacsha1: 'sha1', hmacmd5: 'md5', hmacsha256: 'sha256' } as const
export type HmacMethod = keyof typeof hmacs

/** The HMAC of protocol.md §6 in hex: the password of CONNECT, and the `sign` of topology messages. */
export const signatureOf = ({ product, name }: Login, secret: string, clientId: string, method: HmacMethod = 'hmacsha1'): string =>
  createHmac(hmacs[method], secret).update(`clientId${clientId}deviceName${name}productKey${product}`).digest('hex')

/** What FogCloud's devices send in CONNECT (protocol.md §6). */
export const connectIdentity = (identity: Login, secret: string, method: HmacMethod = 'hmacsha1') => {
  const clientId = `${identity.product}&${identity.name}`
  return {
    clientId: `${clientId}|signmethod=${method},authType=1|`,
    username: `${identity.name}&${identity.product}`,
    password: signatureOf(identity, secret, clientId, method),
  }
}

const wireIdentity = ({ product, name }: Login) => ({ product_key: product, device_name: name })

/** Raw bytes as a string, as written by a device that does not use UTF-8. */
export const rawBytes = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

const envelope = (id: number, method: string, params: unknown): Buffer =>
  Buffer.from(JSON.stringify({ id, version: '1.0', method, params }))

/** The fields of `upgrade.post`. `step` is a string from Alink-style SDKs; `raw` marks a `desc` made by `rawBytes`. */
export interface Upgrade {
  readonly step: number | string
  readonly desc: string
  readonly module: string
  readonly taskId: string
  readonly raw?: boolean
}

const upgradeParams = ({ step, desc, module, taskId }: Upgrade) => ({ step, desc, module, task_id: taskId })
const bytesOf = (message: Buffer, raw: boolean | undefined): Buffer =>
  raw === true ? Buffer.from(message.toString('utf8'), 'latin1') : message

/** How a unit reports: a device by its own messages, a child through its gateway's `sub.*`. */
export interface Voice {
  version(id: number, module: string, version: string): Buffer
  upgrade(id: number, report: Upgrade): Buffer
}

export const ownVoice: Voice = {
  version: (id, module, version) => envelope(id, 'version.post', { version, module }),
  upgrade: (id, report) => bytesOf(envelope(id, 'upgrade.post', upgradeParams(report)), report.raw),
}

export const childVoice = (child: Login): Voice => ({
  version: (id, module, version) => subVersionPost(id, [{ identity: child, module, version }]),
  upgrade: (id, report) =>
    bytesOf(envelope(id, 'sub.upgrade.post', [{ identity: wireIdentity(child), ...upgradeParams(report) }]), report.raw),
})

export const subVersionPost = (
  id: number,
  units: readonly { readonly identity: Login; readonly module: string; readonly version: string }[],
): Buffer =>
  envelope(
    id,
    'sub.version.post',
    units.map(({ identity, module, version }) => ({ identity: wireIdentity(identity), version, module })),
  )

export const firmwareGet = (id: number, module: string): Buffer => envelope(id, 'firmware.get', { module })

/** `add` and `login` of `thing/up/topo`: each child with the signature that proves that the gateway may report for it. */
export const topo = (id: number, method: 'add' | 'login', children: readonly (Login & { readonly secret: string })[]): Buffer =>
  envelope(
    id,
    method,
    children.map((child) => {
      const clientId = `${child.product}&${child.name}`
      return { ...wireIdentity(child), client_id: clientId, sign_method: 'hmacsha1', sign: signatureOf(child, child.secret, clientId) }
    }),
  )

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The JSON object in a message from the server, or null. */
export const parseMessage = (payload: Uint8Array): Fields | null => {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString('utf8'))
    return isFields(value) ? value : null
  } catch {
    return null
  }
}

const readIdentity = (value: unknown): Login | null =>
  isFields(value) && typeof value['product_key'] === 'string' && typeof value['device_name'] === 'string'
    ? { product: value['product_key'], name: value['device_name'] }
    : null

/** The order, or why a device cannot follow it. */
const readOrder = (params: unknown, ofChild: boolean): Order | string => {
  if (!isFields(params)) return 'not an object'
  const { url, size, sign, version, module = 'default', task_id: taskId, checksum, sign_method: method = 'MD5' } = params
  if (typeof url !== 'string' || !URL.canParse(url)) return 'url is not a URL'
  if (typeof size !== 'number' || !(size > 0)) return 'size is not a number above 0'
  if (typeof sign !== 'string' || typeof version !== 'string' || typeof module !== 'string')
    return 'sign, version or module is not a string'
  if (typeof taskId !== 'string' || !/^\d+$/.test(taskId)) return 'task_id is not an integer as a string'
  if (method !== 'MD5' && method !== 'SHA256') return `sign_method is ${JSON.stringify(method)}`
  const identity = ofChild ? readIdentity(params['identity']) : null
  if (ofChild && identity === null) return 'identity is missing'
  return {
    identity,
    taskId,
    module,
    version,
    url,
    size,
    sign,
    signMethod: method,
    checksum: typeof checksum === 'string' ? checksum : null,
  }
}

/** The orders of a message on `thing/down/ota`, and what is wrong with it; both empty if it says that there is no update. */
export const parseOrders = (payload: Uint8Array): { readonly orders: readonly Order[]; readonly faults: readonly string[] } => {
  const message = parseMessage(payload)
  if (message === null) return { orders: [], faults: ['not a JSON object'] }
  const { method, params } = message
  if (method !== 'firmware.post' && method !== 'sub.firmware.post') return { orders: [], faults: [`method is ${JSON.stringify(method)}`] }
  if (isFields(params) && Object.keys(params).length === 0) return { orders: [], faults: [] }
  const ofChild = method === 'sub.firmware.post'
  const read = (Array.isArray(params) ? (params as readonly unknown[]) : [params]).map((element) => readOrder(element, ofChild))
  return { orders: read.filter((order) => typeof order !== 'string'), faults: read.filter((order) => typeof order === 'string') }
}
