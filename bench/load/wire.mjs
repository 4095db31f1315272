// The parts of MQTT 3.1.1 that the load generators need: packets made by hand, frames read with as little work as possible.

const lengthBytes = (length) => {
  const bytes = []
  for (let left = length; ; left >>= 7) {
    if (left < 128) return Buffer.from([...bytes, left])
    bytes.push((left & 127) | 128)
  }
}

/** A field with its length. */
export const text = (value) => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes])
}

/** A packet with its fixed header. */
export const packet = (head, ...parts) => {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([head]), lengthBytes(body.length), body])
}

/** Without keep-alive; without a username if that is null. */
export const connectPacket = (clientId, username, clean = true) =>
  packet(
    0x10,
    text('MQTT'),
    Buffer.from([4, (username === null ? 0 : 0x80) | (clean ? 2 : 0), 0, 0]),
    text(clientId),
    ...(username === null ? [] : [text(username)]),
  )

export const subscribePacket = (filter) => packet(0x82, Buffer.from([0, 1]), text(filter), Buffer.from([1]))

/**
 * A QoS 1 PUBLISH to be sent many times: `at` is the position of its packet id, and `marks` those of the marks.
 * A mark is a text that occurs once in the payload and is overwritten with digits for each message.
 */
export const publishTemplate = (topic, payload, marks) => {
  const bytes = packet(0x32, text(topic), Buffer.from([0, 0]), Buffer.from(payload))
  const start = bytes.length - Buffer.byteLength(payload)
  return { bytes, at: start - 2, marks: marks.map((mark) => start + payload.indexOf(mark)) }
}

/** Writes `value` in decimal, with leading zeros, over the `width` bytes at `at`. */
export const writeDigits = (bytes, at, width, value) => {
  let left = value
  for (let place = at + width - 1; place >= at; place -= 1) {
    bytes[place] = 48 + (left % 10)
    left = Math.floor(left / 10)
  }
}

/** Calls `use(head, bytes, start, end)` for each whole packet: `start` and `end` of what follows its fixed header. Returns the rest. */
export const eachFrame = (bytes, use) => {
  let at = 0
  while (bytes.length - at >= 2) {
    let length = 0
    let shift = 0
    let next = at + 1
    while (next < bytes.length && bytes[next] >= 128) {
      length |= (bytes[next] & 127) << shift
      shift += 7
      next += 1
    }
    if (next === bytes.length) break
    length |= bytes[next] << shift
    const start = next + 1
    if (start + length > bytes.length) break
    use(bytes[at], bytes, start, start + length)
    at = start + length
  }
  return bytes.subarray(at)
}
