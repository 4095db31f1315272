// The JSON of an answer. That of a long list is made in pieces and written as bytes at once: V8 would copy the text of a whole list to make
// bytes of it, into memory that is new each time, which takes longer than to make the text. Knows no list.

/** Items whose text is made at once: V8 keeps a text of up to 128 KiB in memory that it uses again. */
export const itemsAtOnce = 50

interface LongList {
  readonly items: readonly unknown[]
}

/** Whether it is an object that begins with a long list of items. */
const isLongList = (value: unknown): value is LongList => {
  if (typeof value !== 'object' || value === null || !('items' in value)) return false
  const { items } = value
  if (!Array.isArray(items) || items.length <= itemsAtOnce) return false
  for (const name in value) return name === 'items'
  return false
}

/** The texts which, one after another, are the JSON of the value. */
const textsOf = ({ items, ...others }: LongList): readonly string[] => {
  const texts = ['{"items":']
  for (let at = 0; at < items.length; at += itemsAtOnce) {
    const text = JSON.stringify(items.slice(at, at + itemsAtOnce))
    texts.push(at === 0 ? '[' : ',', text.slice(1, -1))
  }
  const rest = JSON.stringify(others)
  texts.push(rest === '{}' ? ']}' : `],${rest.slice(1)}`)
  return texts
}

const bytesOf = (texts: readonly string[]): Buffer => {
  const bytes = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0))
  let at = 0
  for (const text of texts) at += bytes.write(text, at)
  return bytes
}

/** The JSON of an object that begins with a long list of items; undefined: it is no such object. */
export const listBytes = (value: unknown): Buffer | undefined => (isLongList(value) ? bytesOf(textsOf(value)) : undefined)

/** Longer texts are encoded once; Node would do so for their length, and once more to send them. */
const longText = 16_384

export const asBytes = (payload: unknown): unknown =>
  typeof payload === 'string' && payload.length > longText ? Buffer.from(payload) : payload
