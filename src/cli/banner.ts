// What a started server prints: where it listens, by which addresses others reach it, where the token is. Builds text from its arguments;
// asks the machine only for its addresses.

import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import { resolve } from 'node:path'
import { pairs } from './wrap.ts'

/** The content of `<data>/fogbell.json`: the ports in use. */
export interface BannerDescription {
  readonly pid: number
  readonly version: string
  readonly mqtt: readonly string[]
  readonly firmware: string
  readonly firmwareTls?: string
  readonly admin: string
}

/** Whether each listener listens on every address of the machine. */
export interface OpenListeners {
  readonly mqtt: readonly boolean[]
  readonly firmware: boolean
  readonly firmwareTls: boolean
  readonly admin: boolean
}

const isEvery = (host: string): boolean => ['', '0.0.0.0', '::', '[::]'].includes(host)

const hostOf = (url: string): string => /^[a-z]+:\/\/(\[[^\]]*\]|[^:/]*)/.exec(url)?.[1] ?? ''

/** What the settings say of each listener. */
export const openListeners = (settings: {
  readonly mqtt: { readonly listeners: readonly { readonly url: string }[] }
  readonly firmware: { readonly listen: { readonly host: string }; readonly tlsListen: { readonly host: string }; readonly plain: boolean }
  readonly admin: { readonly listen: { readonly host: string } }
}): OpenListeners => ({
  mqtt: settings.mqtt.listeners.map(({ url }) => isEvery(hostOf(url))),
  firmware: isEvery((settings.firmware.plain ? settings.firmware.listen : settings.firmware.tlsListen).host),
  firmwareTls: isEvery(settings.firmware.tlsListen.host),
  admin: isEvery(settings.admin.listen.host),
})

/** This machine's addresses as hosts of URLs: IPv4, or routable IPv6 in brackets if there is no IPv4. */
export const lanAddresses = (interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces()): string[] => {
  const outer = Object.values(interfaces).flatMap((infos) => (infos ?? []).filter(({ internal }) => !internal))
  const four = outer.filter(({ family }) => family === 'IPv4').map(({ address }) => address)
  if (four.length > 0) return four
  return outer.filter(({ family, address }) => family === 'IPv6' && !/^fe[89ab]/i.test(address)).map(({ address }) => `[${address}]`)
}

/** The addresses by which others, and this machine itself, reach a listener. */
const reach = (url: string, open: boolean, addresses: readonly string[]): string[] => {
  if (!open) return [url]
  const host = hostOf(url)
  return [...addresses.map((address) => url.replace(host, address)), addresses.length === 0 ? url : `${url}  (this machine)`]
}

export interface ReadyFacts {
  readonly description: BannerDescription
  readonly open: OpenListeners
  readonly addresses: readonly string[]
  readonly dataDir: string
  /** Behind the address of the page: signs in; empty: nothing does. */
  readonly fragment: string
}

/** Where commands look by themselves. */
const usualDirs: readonly string[] = ['./data', '/var/lib/fogbell'].map((dir) => resolve(dir))

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

/** What a command needs to find the server from the same directory: nothing where it looks there by itself. */
const dataOption = (dataDir: string): string => (usualDirs.includes(resolve(dataDir)) ? '' : ` --data ${quoted(dataDir)}`)

/** The lines, of which the last says `ready`. */
export const readyLines = ({ description, open, addresses, dataDir, fragment }: ReadyFacts): string[] => {
  const mqtt = description.mqtt.flatMap((url, i) => reach(url, open.mqtt[i] ?? false, addresses))
  const { firmware: plain, firmwareTls = plain } = description
  const secure = firmwareTls === plain ? [] : reach(firmwareTls, open.firmwareTls, addresses)
  const firmware = [...reach(plain, open.firmware, addresses), ...secure]
  const admin = reach(description.admin, open.admin, addresses)
  const data = dataOption(dataDir)
  const named = (name: string, values: readonly string[]): [string, string][] => values.map((value, i) => [i === 0 ? name : ' ', value])
  return [
    '',
    ...pairs([
      ...named('MQTT', mqtt),
      ...named('firmware', firmware),
      ...named(
        'admin API',
        admin.map((url) => url.replace(/(?= {2}|$)/, '/api/v1')),
      ),
      ['token', resolve(dataDir, 'admin.token')],
    ]).map((line) => `  ${line}`),
    '',
    `  Update devices: fogbell push FILE --product PK --version V --watch${data}`,
    '',
    fragment === ''
      ? `  The page (fogbell login${data} prints a link that signs in):`
      : `  The page; this link signs in once, within 15 minutes (fogbell login${data} prints another one):`,
    ...admin.map((url) => `    ${url.replace(/(?= {2}|$)/, `/${fragment}`)}`),
    `Fogbell ${description.version} is ready`,
  ]
}
