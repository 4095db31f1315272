// Figures, times and text from devices in readable form. Pure functions of their arguments.

/** Bytes with the binary units: `1.2 MiB`. */
export const bytes = (count: number): string => {
  if (count < 1024) return `${count} B`
  const units = ['KiB', 'MiB', 'GiB', 'TiB']
  let value = count / 1024
  let unit = 0
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${value < 99.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}

const spans = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const

/** Milliseconds in the largest unit that fits: `4 min`. */
export const span = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000))
  const [unit, size] = spans.find(([, size]) => seconds >= size) ?? ['s', 1]
  return `${Math.floor(seconds / size)} ${unit}`
}

/** An ISO time relative to `now` (milliseconds): `4 min ago`, `in 2 h`; `-` for none. */
export const ago = (iso: string | null, now: number): string => {
  const at = iso === null ? Number.NaN : Date.parse(iso)
  if (Number.isNaN(at)) return '-'
  const distance = now - at
  if (Math.abs(distance) < 1000) return 'now'
  return distance > 0 ? `${span(distance)} ago` : `in ${span(-distance)}`
}

const two = (value: number): string => String(value).padStart(2, '0')

/** `+02:00`: minutes east of Greenwich. */
const offsetText = (east: number): string => `${east < 0 ? '-' : '+'}${two(Math.floor(Math.abs(east) / 60))}:${two(Math.abs(east) % 60)}`

/** An ISO time as this machine's clock shows it: `2026-03-01 13:00:00 +01:00`. Text that is no time stays as it is. */
export const localTime = (iso: string): string => {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return iso
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
  return `${day} ${time} ${offsetText(-at.getTimezoneOffset())}`
}

/** The same without the day and with milliseconds: `13:00:00.250 +01:00`. */
export const localClock = (iso: string): string =>
  localTime(iso)
    .slice('2026-03-01 '.length)
    .replace(' ', `.${String(new Date(iso).getMilliseconds()).padStart(3, '0')} `)

const isoTimes = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g

/** What the server says, with its times, which are UTC, as this machine's clock shows them. */
export const withLocalTimes = (text: string): string => text.replace(isoTimes, localTime)

/** `4 min ago (2026-03-01 13:00:00 +01:00)`; `-` for none. */
export const when = (iso: string | null, now: number): string => (iso === null ? '-' : `${ago(iso, now)} (${localTime(iso)})`)

/** `1 device`, `2 devices`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** Devices of a campaign, such as `5 devices, of which 1 has reported no version`. */
export const devicesText = (count: number, unreported: number): string =>
  [
    plural(count, 'device'),
    ...(unreported > 0 ? [`of which ${unreported} ${unreported === 1 ? 'has' : 'have'} reported no version`] : []),
  ].join(', ')

const unsafe = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/**
 * Text of a device or a file with its control characters escaped, so that it can neither control the terminal nor reorder the line.
 */
export const clean = (text: string): string =>
  text.replace(unsafe, (char) => {
    const code = char.codePointAt(0) ?? 0
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
  })

const units: Record<string, number> = { '': 1, s: 1, m: 60, min: 60, h: 3600, d: 86_400 }

/** Seconds from `90`, `90s`, `15m`, `2h` or `1d`; undefined for any other text. */
export const seconds = (text: string): number | undefined => {
  const match = /^(\d+(?:\.\d+)?)\s*(s|m|min|h|d)?$/.exec(text.trim())
  const unit = units[match?.[2] ?? '']
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit
}
