// What of a package small devices may not be able to take (protocol.md §3), and where the image contradicts it: warnings, never refusals.

import type { ImageFacts } from '../image-format/facts.ts'
import type { Warning } from '../ota/inputs.ts'
import type { Firmware } from '../ota/model.ts'
import { sentence } from '../sentences/sentence.ts'

const maxVersion = 32
const maxMessageBytes = 1_023
/** The longest URL with an IPv4 host: its path has at most 65 characters. */
const longestUrl = `http://255.255.255.255:65535${'/'.repeat(65)}`

/** Bytes of the longest `firmware.post` that offers it. */
export const messageBytes = (firmware: Firmware): number => {
  const params = {
    size: firmware.size,
    sign: firmware.signMethod === 'SHA256' ? firmware.sha256 : firmware.md5,
    version: firmware.version,
    url: longestUrl,
    sign_method: firmware.signMethod,
    checksum: firmware.checksum,
    module: firmware.module,
    description: firmware.description,
    task_id: '2147483647',
  }
  return Buffer.byteLength(JSON.stringify({ id: 4_294_967_295, version: '1.0', method: 'firmware.post', params }))
}

/** Devices report the version that they were built as, which decides whether an update has succeeded. */
const builtOtherwise = (firmware: Firmware, built: string | null): readonly Warning[] =>
  built === null || built === firmware.version
    ? []
    : [{ path: 'version', said: sentence('firmware_built_otherwise', { built, version: firmware.version }) }]

/** `facts` is what the image says of itself. */
export const warningsOf = (firmware: Firmware, facts: ImageFacts | null = null): readonly Warning[] => {
  const bytes = messageBytes(firmware)
  const { length } = firmware.version
  return [
    ...builtOtherwise(firmware, facts?.version ?? null),
    ...(length > maxVersion ? [{ path: 'version', said: sentence('firmware_version_long', { length, most: maxVersion }) }] : []),
    ...(bytes > maxMessageBytes
      ? [{ path: 'description', said: sentence('firmware_message_long', { bytes, most: maxMessageBytes }) }]
      : []),
  ]
}
