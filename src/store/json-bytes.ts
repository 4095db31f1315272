// JSON as bytes, written piece by piece into a buffer that is used again and again: rows of tasks, of which a new one is made with each report,
// leave no texts for the collector. Knows no task and no disk.

/** Of what most rows need, and of what is kept for the next one. */
const [usual, most] = [16_384, 262_144]

const [zero, quote, backslash] = [0x30, 0x22, 0x5c]

/** Two parts of at most seven digits are counted as 32-bit integers. */
const half = 10_000_000

const digitsOf = (value: number): number => {
  let digits = 1
  for (let bound = 10; value >= bound && digits < 16; bound *= 10) digits += 1
  return digits
}

export class JsonBytes {
  private bytes = Buffer.allocUnsafeSlow(usual)
  private at = 0

  /** Begins anew. */
  clear(): void {
    this.at = 0
    if (this.bytes.length > most) this.bytes = Buffer.allocUnsafeSlow(usual)
  }

  /** What was written, until `clear`; not a copy. */
  written(): Buffer {
    return this.bytes.subarray(0, this.at)
  }

  private grow(count: number): void {
    const before = this.written()
    this.bytes = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, this.at + count))
    this.bytes.set(before)
  }

  /** JSON in ASCII. */
  raw(text: string): void {
    if (this.at + text.length > this.bytes.length) this.grow(text.length)
    const { bytes } = this
    let { at } = this
    for (let from = 0; from < text.length; from++, at++) bytes[at] = text.charCodeAt(from)
    this.at = at
  }

  /** Any JSON. */
  private any(json: string): void {
    const longest = 3 * json.length
    if (this.at + longest > this.bytes.length) this.grow(longest)
    this.at += this.bytes.write(json, this.at)
  }

  /** As JSON.stringify writes it. */
  number(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) {
      this.raw(Number.isFinite(value) ? String(value) : 'null')
      return
    }
    const digits = digitsOf(value)
    if (this.at + digits > this.bytes.length) this.grow(digits)
    const upper = Math.floor(value / half)
    this.digits(value - upper * half, upper === 0 ? digits : 7, this.at + digits)
    if (upper > 0) this.digits(upper, digits - 7, this.at + digits - 7)
    this.at += digits
  }

  /** The last `count` digits of the value, up to before `end`. */
  private digits(value: number, count: number, end: number): void {
    const { bytes } = this
    let left = value | 0
    for (let at = end - 1; at >= end - count; at--) {
      const tenth = (left / 10) | 0
      bytes[at] = zero + left - tenth * 10
      left = tenth
    }
  }

  /** The text in quotes. */
  text(text: string): void {
    if (this.at + text.length + 2 > this.bytes.length) this.grow(text.length + 2)
    const { bytes } = this
    let { at } = this
    bytes[at++] = quote
    for (let from = 0; from < text.length; from++) {
      const code = text.charCodeAt(from)
      if (code < 0x20 || code > 0x7e || code === quote || code === backslash) {
        this.any(JSON.stringify(text))
        return
      }
      bytes[at++] = code
    }
    bytes[at++] = quote
    this.at = at
  }

  /** As JSON.stringify writes what is neither undefined nor a function. */
  value(value: unknown): void {
    if (typeof value === 'string') this.text(value)
    else if (typeof value === 'number') this.number(value)
    else this.any(JSON.stringify(value))
  }

  /** `name` is JSON in ASCII, with all up to the value. */
  numberOf(name: string, value: number): void {
    this.raw(name)
    this.number(value)
  }

  textOf(name: string, text: string): void {
    this.raw(name)
    this.text(text)
  }
}
