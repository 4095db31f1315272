// What an operator should know about a package that small devices may not swallow (protocol.md §3): warnings, never refusals.

import type { Firmware } from '../ota/model.ts'

const maxVersion = 32
const maxMessageBytes = 1_023
/** The longest link of an IPv4 host: its path has at most 65 characters. */
const longestUrl = `http://255.255.255.255:65535${'/'.repeat(65)}`

/** Bytes of the longest `firmware.post` that tells of it. */
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

export const warningsOf = (firmware: Firmware): string[] => {
  const bytes = messageBytes(firmware)
  const warnings: string[] = []
  if (firmware.version.length > maxVersion) {
    warnings.push(`The version has ${firmware.version.length} characters; small devices keep at most ${maxVersion}.`)
  }
  if (bytes > maxMessageBytes) {
    warnings.push(
      `Devices are told of it in a message of up to ${bytes} bytes, where small ones read at most ${maxMessageBytes}: shorten the description.`,
    )
  }
  return warnings
}
