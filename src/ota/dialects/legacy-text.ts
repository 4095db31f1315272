// Texts for people that devices send in GB18030 (GBK), the encoding of many boards, though JSON is UTF-8. Only such texts are read so, never
// names, versions and ids. Pure: it knows bytes and texts, no methods.

import { countCharacter, looksChinese } from '../../gbk.ts'

/** Bytes from 128 on are kept as characters for private use: `base` and the byte. */
const base = 0xe000
const unreadable = '\uFFFD'

const isTrail = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x40 && byte !== 0x7f && byte <= 0xfe
const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80

const utf8Length = (lead: number): number => (lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0)

/** How many bytes from `at` are no ASCII, or the second byte of a character, which may be a backslash or a bracket. */
const wideLength = (bytes: Uint8Array, at: number): number => {
  const length = utf8Length(bytes[at] ?? 0)
  let whole = 1
  while (whole < length && isContinuation(bytes[at + whole])) whole += 1
  if (length > 0 && whole === length) return length
  return bytes[at] !== 0x80 && isTrail(bytes[at + 1]) ? 2 : 1
}

const charactersAtOnce = 8192

/** ASCII as it is, and every other byte kept, so that the text can be parsed and `textForPeople` can read what it has. */
export const textOfBytes = (bytes: Uint8Array): string => {
  const codes = new Uint16Array(bytes)
  for (let at = 0; at < bytes.length; ) {
    const end = at + ((bytes[at] ?? 0) < 0x80 ? 0 : wideLength(bytes, at))
    if (end === at) at += 1
    else for (; at < end; at++) codes[at] = base + (bytes[at] ?? 0)
  }
  let text = ''
  for (let at = 0; at < codes.length; at += charactersAtOnce) {
    const part: string = Reflect.apply(String.fromCharCode, null, codes.subarray(at, at + charactersAtOnce))
    text += part
  }
  return text
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
/** Made when it is needed: a Node.js that was built without its tables has none, and reads such texts as before. */
let gb18030: InstanceType<typeof TextDecoder> | undefined

const bytesOf = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    bytes[at] = code < 0x80 ? code : code - base
  }
  return bytes
}

/** Whether it is UTF-8 of which a buffer that was too short has cut characters: they are fewer than those that are whole. */
const isCutUtf8 = (lossy: string): boolean => {
  const inner = lossy.endsWith(unreadable) ? lossy.slice(0, -1) : lossy
  const faults = inner.split(unreadable).length - 1
  return faults === 0 || (inner.match(/[\u0800-\uFFFC]/g)?.length ?? 0) > faults
}

/** null: it is no Chinese in GB18030. A last character that was cut is left out. */
const chineseOf = (bytes: Uint8Array): string | null => {
  const seen = { usual: 0, rare: 0 }
  let at = 0
  while (at < bytes.length - 1 || (bytes[at] ?? 255) < 0x80) {
    const length = countCharacter(bytes, at, seen)
    if (length === 0) return null
    at += length
  }
  if (!looksChinese(seen)) return null
  try {
    gb18030 ??= new TextDecoder('gb18030', { fatal: true })
    return gb18030.decode(bytes.subarray(0, at)) + (at < bytes.length ? unreadable : '')
  } catch {
    return null
  }
}

const readPart = (part: string): string => {
  const bytes = bytesOf(part)
  const lossy = utf8.decode(bytes)
  return !lossy.includes(unreadable) || isCutUtf8(lossy) ? lossy : (chineseOf(bytes) ?? lossy)
}

/** A part of what `textOfBytes` gave, at most `longest` characters of it: UTF-8, or GB18030 where it is none; U+FFFD for what is neither. */
export const textForPeople = (text: string, longest: number): string =>
  text
    .slice(0, longest * 4)
    .replace(/[\0-\x7f\uE040-\uE0FF]+/g, readPart)
    .slice(0, longest)
