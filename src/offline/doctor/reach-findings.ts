// Whether devices can reach the server: a test download through each address, which its own link signs, and a CONNECT to each listener. What
// an address between the two lets through shows only from the other side of it.

import { get as getHttp, type IncomingMessage, type RequestOptions } from 'node:http'
import { get as getHttps } from 'node:https'
import { connect as connectTcp, isIPv6, type Socket } from 'node:net'
import { connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls'
import { createNameList, doubtful, type Finding, faulty, fine } from '../../finding.ts'
import { listenerAddress } from '../../listener-address.ts'
import { type Sentence, sentence } from '../../sentences/sentence.ts'
import { codeOf, reasonOf } from '../file-faults.ts'

/** As the server says how it is reached. */
export interface ReachReport {
  readonly mqtt: readonly string[]
  readonly firmware: readonly string[]
  readonly publicUrls: readonly { readonly setting: string; readonly url: string }[]
  readonly probe: string
}

/** Where to try it from. */
export interface Vantage {
  /** The addresses that a wildcard covers: those of this machine, or the one by which another was asked. */
  readonly addresses: readonly string[]
  /** Whether the server is on this machine. */
  readonly isLocal: boolean
}

/** One listener at one address. */
interface Target {
  readonly url: string
  readonly host: string
  readonly port: number
}

/** What is wrong with it, or the certificate that it has shown. */
interface Tried {
  readonly target: Target
  readonly why: Sentence | null
  /** PEM of the chain; null: none was shown. */
  readonly chain: string | null
}

const limitMs = 4000

const plain = (host: string): string => host.replace(/^\[(.*)\]$/, '$1')
const urlHost = (host: string): string => (isIPv6(host) ? `[${host}]` : host)
const isLoopback = (host: string): boolean => /^127\.|^::1$|^localhost$/.test(plain(host))

/** The addresses that a listener's host covers. */
const addressesOf = (host: string, { addresses }: Vantage): readonly string[] => {
  if (host === '::') return addresses
  return host === '0.0.0.0' ? addresses.filter((each) => !isIPv6(each)) : [host]
}

/** None where it is not a URL with a port. */
const targetsOf = (url: string, vantage: Vantage): readonly Target[] => {
  const parts = /^(\w+):\/\/(\[[^\]]*\]|[^:/]+):(\d+)(.*)$/.exec(url)
  if (parts === null) return []
  const [, scheme = '', host = '', port = '', path = ''] = parts
  return addressesOf(plain(host), vantage).map((each) => ({
    url: `${scheme}://${urlHost(each)}:${port}${path}`,
    host: each,
    port: Number(port),
  }))
}

const silence = (): Sentence => sentence('doctor_no_answer', { seconds: limitMs / 1000 })

const failure = (cause: unknown): Sentence => {
  const code = codeOf(cause)
  if (code === 'ECONNREFUSED') return sentence('doctor_refused_connection')
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return sentence('doctor_no_route')
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return sentence('doctor_no_host')
  if (code === 'ETIMEDOUT') return silence()
  return sentence('as_text', { text: reasonOf(cause) })
}

/** A certificate is looked at by itself, so none is refused here. */
const anyCertificate = { rejectUnauthorized: false } as const

const bodyOf = async (answer: IncomingMessage, most: number): Promise<string> => {
  let text = ''
  for await (const chunk of answer) {
    text += String(chunk)
    if (text.length > most) break
  }
  answer.destroy()
  return text
}

/** Resolves to what is wrong with the answer to a request; null: nothing. */
const request = (
  url: string,
  options: RequestOptions,
  read: (answer: IncomingMessage) => Promise<Sentence | null>,
): Promise<Sentence | null> =>
  new Promise<Sentence | null>((resolve) => {
    const get = url.startsWith('https:') ? getHttps : getHttp
    const asked = get(url, { ...anyCertificate, ...options, agent: false, signal: AbortSignal.timeout(limitMs) }, (answer) => {
      read(answer).then(resolve, (cause: unknown) => resolve(failure(cause)))
    })
    asked.once('upgrade', (_answer, socket) => {
      socket.destroy()
      resolve(null)
    })
    asked.once('error', (cause) => resolve(cause.name === 'AbortError' || cause.name === 'TimeoutError' ? silence() : failure(cause)))
  }).catch(failure)

/** As the server's thread of downloads answers; another server does not know the words. */
const bodyFor = (probe: string): string => `fogbell probe ${probe.split('/')[3] ?? ''}\n`

/** null: the test download is what it has to be. */
const tryDownload = (start: string, probe: string): Promise<Sentence | null> =>
  request(`${start}${probe}`, {}, async (answer) => {
    const text = await bodyOf(answer, 4096)
    if (answer.statusCode !== 200) return sentence('doctor_answer_status', { status: answer.statusCode ?? 0 })
    return text === bodyFor(probe) ? null : sentence('doctor_answer_other')
  })

/** CONNECT of MQTT 3.1.1 with a clean session and no user: it is answered, mostly with a refusal. */
const connectPacket = (client: string): Buffer => {
  const id = Buffer.from(client)
  return Buffer.concat([Buffer.from([0x10, 12 + id.length, 0, 4]), Buffer.from('MQTT'), Buffer.from([4, 2, 0, 10, 0, id.length]), id])
}

/** The name of these connections, by which the server knows them. */
const clientId = 'fogbell-doctor'

/** Waits for the first event that says how it went. */
const watch = (socket: Socket, begin: (done: (why: Sentence | null) => void) => void): Promise<Sentence | null> =>
  new Promise<Sentence | null>((resolve) => {
    socket.setTimeout(limitMs, () => resolve(silence()))
    socket.once('error', (cause) => resolve(failure(cause)))
    socket.once('close', () => resolve(sentence('doctor_closed_connection')))
    begin(resolve)
  }).finally(() => socket.destroy())

const tryPlain = ({ host, port }: Target): Promise<Sentence | null> => {
  const socket = connectTcp({ host, port })
  return watch(socket, (done) => {
    socket.once('connect', () => socket.write(connectPacket(clientId)))
    socket.once('data', (bytes) => done(bytes[0] === 0x20 ? null : sentence('doctor_answer_no_mqtt')))
  })
}

/** Its certificate, and those that come with it, as PEM. */
const shownChain = (socket: TLSSocket): string => {
  const pems: string[] = []
  const seen = new Set<string>()
  let cert: PeerCertificate | undefined = socket.getPeerCertificate(true)
  while (cert?.raw !== undefined && !seen.has(cert.fingerprint256)) {
    seen.add(cert.fingerprint256)
    pems.push(`-----BEGIN CERTIFICATE-----\n${cert.raw.toString('base64')}\n-----END CERTIFICATE-----\n`)
    cert = 'issuerCertificate' in cert ? (cert.issuerCertificate as PeerCertificate) : undefined
  }
  return pems.join('')
}

const tryTls = async (target: Target): Promise<Tried> => {
  const { host, port } = target
  const socket = connectTls({ host, port, ...anyCertificate })
  let chain: string | null = null
  const why = await watch(socket, (done) => {
    socket.once('secureConnect', () => {
      chain = shownChain(socket)
      done(null)
    })
  })
  return { target, why, chain }
}

/** Whatever it answers, it is there. */
const tryWebSocket = (target: Target): Promise<Sentence | null> =>
  request(target.url.replace(/^ws/, 'http'), { headers: { connection: 'Upgrade', upgrade: 'websocket' } }, async () => null)

const tryListener = async (target: Target): Promise<Tried> => {
  const scheme = listenerAddress(target.url)?.scheme
  if (scheme === 'mqtts' || scheme === 'wss') return await tryTls(target)
  return { target, why: scheme === 'ws' ? await tryWebSocket(target) : await tryPlain(target), chain: null }
}

const answered = (
  tried: readonly Tried[],
  said: (urls: ReturnType<ReturnType<typeof createNameList>['params']>) => Sentence,
): readonly Finding[] => {
  const list = createNameList()
  for (const { target, why } of tried) if (why === null) list.add(target.url)
  return list.count === 0 ? [] : [fine('network', said(list.params()))]
}

/** A firewall answers nothing of its own. */
const remedyFor = ({ code }: Sentence, port: number): Sentence =>
  code.startsWith('doctor_answer') ? sentence('doctor_try_other', { port }) : sentence('doctor_try_firewall', { port })

const faultsOf = (tried: readonly Tried[], fault: (one: Target, why: Sentence) => Finding): readonly Finding[] =>
  tried.flatMap(({ target, why }) => (why === null ? [] : [fault(target, why)]))

const hostOf = (url: string): string => plain(/^\w+:\/\/(\[[^\]]*\]|[^:/]*)/.exec(url)?.[1] ?? '')

/** Whether it listens where nobody else reaches it. From another machine the same address would be that machine's own. */
const isHidden = (url: string, { isLocal, addresses }: Vantage): boolean =>
  isLoopback(hostOf(url)) && (isLocal || !addresses.some(isLoopback))

const hiddenFindings = (report: ReachReport, vantage: Vantage): readonly Finding[] => {
  const found: Finding[] = []
  if (report.mqtt.length > 0 && report.mqtt.every((url) => isHidden(url, vantage))) {
    const said = sentence('doctor_mqtt_loopback', { urls: report.mqtt })
    found.push(doubtful('network', said, sentence('doctor_try_listen', { setting: 'mqtt.listeners' })))
  }
  if (report.publicUrls.length === 0 && report.firmware.length > 0 && report.firmware.every((url) => isHidden(url, vantage))) {
    const said = sentence('doctor_firmware_loopback', { urls: report.firmware })
    found.push(doubtful('network', said, sentence('doctor_try_listen', { setting: 'firmware.listen' })))
  }
  return found
}

const publicFinding = async ({ setting, url }: ReachReport['publicUrls'][number], probe: string): Promise<Finding> => {
  const start = url.replace(/\/+$/, '')
  const why = await tryDownload(start, probe)
  if (why === null) return fine('network', sentence('doctor_public_ok', { setting, url }))
  return faulty(
    'network',
    sentence('doctor_public_unreachable', { setting, url, why }),
    sentence('doctor_try_public', { url: `${start}${probe}` }),
  )
}

const publicFindings = ({ publicUrls, probe }: ReachReport): Promise<readonly Finding[]> =>
  Promise.all(publicUrls.map((each) => publicFinding(each, probe)))

export interface ReachResult {
  readonly findings: readonly Finding[]
  /** Certificates that listeners have shown, by their address. */
  readonly chains: ReadonlyMap<string, string>
}

/** Tries everything at once. Never rejects. */
export const tryReach = async (report: ReachReport, vantage: Vantage): Promise<ReachResult> => {
  const { probe } = report
  const from = vantage.isLocal ? 'here' : 'afar'
  const isTried = (url: string): boolean => vantage.isLocal || !isHidden(url, vantage)
  const downloads = report.firmware
    .filter(isTried)
    .flatMap((url) => targetsOf(url, vantage))
    .map(async (target) => ({
      target,
      why: await tryDownload(target.url, probe),
      chain: null,
    }))
  const listeners = report.mqtt
    .filter(isTried)
    .flatMap((url) => targetsOf(url, vantage))
    .map(tryListener)
  const [byHttp, byMqtt, byPublicUrl] = await Promise.all([Promise.all(downloads), Promise.all(listeners), publicFindings(report)])
  const findings = [
    ...hiddenFindings(report, vantage),
    ...answered(byMqtt, (urls) => sentence('doctor_mqtt_ok', { ...urls, from })),
    ...faultsOf(byMqtt, ({ url, port }, why) => faulty('network', sentence('doctor_mqtt_unreachable', { url, why }), remedyFor(why, port))),
    ...answered(byHttp, (urls) => sentence('doctor_firmware_ok', { ...urls, from })),
    ...faultsOf(byHttp, ({ url, port }, why) =>
      faulty('network', sentence('doctor_firmware_unreachable', { url, why }), remedyFor(why, port)),
    ),
    ...byPublicUrl,
  ]
  return { findings, chains: new Map(byMqtt.flatMap(({ target, chain }) => (chain === null ? [] : [[target.url, chain]]))) }
}
