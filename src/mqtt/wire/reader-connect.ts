// Reads CONNECT of MQTT 3.1.1 and 3.1 (§3.1). With another level nothing after the level is read. Checks the form only: whether the client
// is admitted, and with which client id or will, is decided elsewhere.

import { byteAt, fieldEnd, finish, need, numberAt, textAt } from './fields.ts'
import { type Connect, type Qos, quoted, type Will, wireFault } from './packets.ts'
import { checkHeadFlags } from './reader-head.ts'

const flagBits = { reserved: 1, clean: 2, will: 4, willQos: 24, willRetain: 32, password: 64, username: 128 } as const

/** The one supported level of each protocol name. */
const levels: ReadonlyMap<string, number> = new Map([
  ['MQTT', 4],
  ['MQIsdp', 3],
])

const levelText = (level: number): string => {
  if (level === 5) return 'requested MQTT 5, which is not supported; set the client to MQTT 3.1.1'
  const bridge = level > 128 ? ' (that of a bridge)' : ''
  return `requested protocol level ${level}${bridge}, which is not supported; set the client to MQTT 3.1.1 (level 4)`
}

const checkLevel = (bytes: Buffer, from: number, to: number): void => {
  const name = bytes.toString('latin1', from, to)
  const supported = levels.get(name)
  if (supported === undefined) throw wireFault('bad_protocol', 'MQTT-3.1.2-1', `requested the protocol ${quoted(name)}, which is not MQTT`)
  const level = byteAt(bytes, to)
  if (level !== supported) throw wireFault('bad_protocol', 'MQTT-3.1.2-2', levelText(level), 1)
}

const flagFault = (clause: string, what: string) => wireFault('bad_connect_flags', clause, `sent a CONNECT with ${what}`)

/** What MQTT 3.1.1 requires of the flags. */
const checkFlags = (flags: number): void => {
  if ((flags & flagBits.reserved) !== 0) throw flagFault('MQTT-3.1.2-3', 'its reserved flag set')
  if ((flags & flagBits.will) !== 0) return
  if ((flags & flagBits.willQos) !== 0) throw flagFault('MQTT-3.1.2-13', "a will's QoS and no will")
  if ((flags & flagBits.willRetain) !== 0) throw flagFault('MQTT-3.1.2-15', "a will's retain flag and no will")
}

/** What MQTT 3.1 requires too; it ignores the other flags (MQTT 3.1 §3.1). */
const checkOldFlags = (flags: number): void => {
  if ((flags & flagBits.will) !== 0 && (flags & flagBits.willQos) === flagBits.willQos) throw flagFault('MQTT-3.1.2-14', 'a will of QoS 3')
  if ((flags & flagBits.username) === 0 && (flags & flagBits.password) !== 0)
    throw flagFault('MQTT-3.1.2-22', 'a password and no user name')
}

const willQos = (flags: number): Qos => ((flags & 16) !== 0 ? 2 : (flags & 8) !== 0 ? 1 : 0)

/** Reads the payload's fields in order [MQTT-3.1.3-1]. */
const createPayload = (bytes: Buffer, start: number, end: number, level: number) => {
  let at = start
  const next = (what: string, clause: string): Buffer => {
    const fieldStops = fieldEnd(bytes, at, end, what, clause)
    const field = bytes.subarray(at + 2, fieldStops)
    at = fieldStops
    return field
  }
  return {
    data: next,
    text(what: string, clause: string): string {
      const field = next(what, clause)
      return textAt(field, 0, field.length, what)
    },
    /** MQTT 3.1 allows a user name and a password to be flagged and missing (MQTT 3.1 §3.1). */
    isMissing: (): boolean => level === 3 && at === end,
    finish: (): void => finish(at, end),
  }
}

type Payload = ReturnType<typeof createPayload>

const readWill = (payload: Payload, flags: number): Will | null => {
  if ((flags & flagBits.will) === 0) return null
  const topic = payload.text("its will's topic", 'MQTT-3.1.2-9')
  const message = payload.data("its will's message", 'MQTT-3.1.2-9')
  return { topic, payload: message, qos: willQos(flags), retain: (flags & flagBits.willRetain) !== 0 }
}

const readUsername = (payload: Payload, flags: number): string | null =>
  (flags & flagBits.username) === 0 || payload.isMissing() ? null : payload.text('its user name', 'MQTT-3.1.2-19')

const readPassword = (payload: Payload, flags: number): Buffer | null =>
  (flags & flagBits.password) === 0 || payload.isMissing() ? null : payload.data('its password', 'MQTT-3.1.2-21')

/** The packet begins at `at`; its body, after the fixed header, is from `body` to `end`. */
export const readConnect = (bytes: Buffer, at: number, body: number, end: number): Connect => {
  const nameEnd = fieldEnd(bytes, body, end, "its protocol's name")
  need(nameEnd, 1, end, "its protocol's level")
  checkLevel(bytes, body + 2, nameEnd)
  need(nameEnd, 4, end, 'its keep-alive')
  const level = byteAt(bytes, nameEnd)
  const flags = byteAt(bytes, nameEnd + 1)
  // MQTT 3.1 has no use for the fixed header's flags, and allows any.
  if (level === 4) {
    checkHeadFlags(byteAt(bytes, at), 'CONNECT', 0)
    checkFlags(flags)
  }
  checkOldFlags(flags)
  const payload = createPayload(bytes, nameEnd + 4, end, level)
  const clientId = payload.text('its client id', 'MQTT-3.1.3-3')
  const will = readWill(payload, flags)
  const username = readUsername(payload, flags)
  const password = readPassword(payload, flags)
  payload.finish()
  const clean = (flags & flagBits.clean) !== 0
  return {
    cmd: 'connect',
    level,
    clientId,
    clean,
    keepalive: numberAt(bytes, nameEnd + 2),
    will,
    username,
    password,
  }
}
