// Messages as nearly all devices send them, read from their bytes: an object of texts in ASCII and of integers, with one such object as its
// `params`. JSON.parse gives the same for them, and takes three times as long with the decoding before it. Imports nothing.

/** Members that are undefined were not in the message. */
export interface FlatFields {
  readonly [name: string]: FlatValue | undefined
}
type FlatValue = string | number | FlatFields

/** Longer messages are read as any other. */
const mostBytes = 1024

/** How many texts are kept, and how long they may be. */
const places = 1024
const longest = 40

const decoder = new TextDecoder()

/** What is in nearly all messages. */
const words = 'id version method params module step desc task_id 1.0 default version.post upgrade.post firmware.get downloading'.split(' ')

const nextHash = (hash: number, byte: number): number => (Math.imul(hash, 31) + byte) | 0

const isAt = (bytes: Uint8Array, from: number, length: number, text: string): boolean => {
  if (text.length !== length) return false
  for (let at = 0; at < length; at++) if (text.charCodeAt(at) !== bytes[from + at]) return false
  return true
}

/** Texts that were read lately, by their hash: most devices say the same words again and again. */
const createTexts = (): string[] => {
  const texts = Array.from({ length: places }, () => '')
  for (const text of words) {
    let hash = 0
    for (const letter of text) hash = nextHash(hash, letter.charCodeAt(0))
    texts[hash & (places - 1)] = text
  }
  return texts
}

const none: Uint8Array = new Uint8Array()
const empty: FlatFields = {}

const [quote, backslash, minus, zero, nine, comma, colon, open, close] = [0x22, 0x5c, 0x2d, 0x30, 0x39, 0x2c, 0x3a, 0x7b, 0x7d]
const mostDigits = 15

/** Each method reads from `at` and leaves it behind what it has read; undefined: that is something else. */
class FlatReader {
  private readonly texts = createTexts()
  private bytes = none
  private at = 0

  read(bytes: Uint8Array): FlatFields | undefined {
    this.bytes = bytes
    this.at = 0
    const fields = this.object(true)
    const isWhole = fields !== undefined && this.next() === undefined
    this.bytes = none
    return isWhole ? fields : undefined
  }

  /** The next byte that is no white space. */
  private next(): number | undefined {
    let byte = this.bytes[this.at]
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = this.bytes[++this.at]
    return byte
  }

  private take(byte: number): boolean {
    if (this.next() !== byte) return false
    this.at += 1
    return true
  }

  private object(isOuter: boolean): FlatFields | undefined {
    if (!this.take(open)) return undefined
    let id: FlatValue | undefined
    let version: FlatValue | undefined
    let method: FlatValue | undefined
    let params: FlatValue | undefined
    let module: FlatValue | undefined
    let step: FlatValue | undefined
    let desc: FlatValue | undefined
    let task: FlatValue | undefined
    if (!isOuter && this.take(close)) return empty
    do {
      if (!this.take(quote)) return undefined
      const name = this.text()
      if (name === undefined || !this.take(colon)) return undefined
      const value = this.value(isOuter && name === 'params')
      if (value === undefined) return undefined
      if (name === 'id') id = value
      else if (name === 'version') version = value
      else if (name === 'method') method = value
      else if (name === 'params') params = value
      else if (name === 'module') module = value
      else if (name === 'step') step = value
      else if (name === 'desc') desc = value
      else if (name === 'task_id') task = value
      else return undefined
    } while (this.take(comma))
    if (!this.take(close)) return undefined
    if (isOuter) return (module ?? step ?? desc ?? task) === undefined ? { id, version, method, params } : undefined
    return (id ?? method ?? params) === undefined ? { version, module, step, desc, task_id: task } : undefined
  }

  private value(mayBeObject: boolean): FlatValue | undefined {
    const byte = this.next()
    if (byte === quote) {
      this.at += 1
      return this.text()
    }
    if (byte === open) return mayBeObject ? this.object(false) : undefined
    return this.integer()
  }

  /** Behind its first quote. */
  private text(): string | undefined {
    const { bytes } = this
    const from = this.at
    let hash = 0
    let at = from
    for (; ; at++) {
      const byte = bytes[at]
      if (byte === quote) break
      if (byte === undefined || byte < 0x20 || byte > 0x7e || byte === backslash) return undefined
      hash = nextHash(hash, byte)
    }
    this.at = at + 1
    const length = at - from
    const place = hash & (places - 1)
    const known = this.texts[place]
    if (known !== undefined && isAt(bytes, from, length, known)) return known
    const text = decoder.decode(bytes.subarray(from, at))
    if (length <= longest) this.texts[place] = text
    return text
  }

  private integer(): number | undefined {
    const { bytes } = this
    const isNegative = bytes[this.at] === minus
    if (isNegative) this.at += 1
    const from = this.at
    let sum = 0
    for (; ; this.at++) {
      const byte = bytes[this.at]
      if (byte === undefined || byte < zero || byte > nine) break
      sum = sum * 10 + byte - zero
    }
    const digits = this.at - from
    if (digits === 0 || digits > mostDigits || (bytes[from] === zero && (digits > 1 || isNegative))) return undefined
    return isNegative ? -sum : sum
  }
}

const reader = new FlatReader()

/** What JSON.parse gives for the payload, a member that is undefined aside; undefined: it is another message, or none. */
export const flatFields = (payload: Uint8Array): FlatFields | undefined => (payload.length > mostBytes ? undefined : reader.read(payload))
