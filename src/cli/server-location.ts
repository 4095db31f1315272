// Where the server is, and the token for it: options, then environment, then what a running server wrote to its data directory.

import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { OtaError } from '../errors.ts'
import { isAlive } from '../process-alive.ts'
import { sentence } from '../sentences/sentence.ts'
import { readGiven } from './given-file.ts'
import { type Io, variable } from './io.ts'
import { usageError } from './problem-text.ts'
import type { Trust } from './trusted-fetch.ts'

export interface LocationOptions {
  readonly server?: string
  readonly token?: string
  readonly data?: string
  /** A file with certificates of authorities. */
  readonly ca?: string
}

export interface ServerLocation {
  /** The base URL of the admin API, without a trailing slash. */
  readonly url: string
  readonly token: string | undefined
  /** By what its certificate is known; undefined: by an authority that the system knows. */
  readonly trust: Trust | undefined
}

const givenDir = (options: LocationOptions, io: Io): string | undefined =>
  options.data ?? variable(io, 'FOGBELL_DATA_DIR') ?? variable(io, 'FOGBELL_DATA')

/** The data directory, absolute: --data, FOGBELL_DATA_DIR, FOGBELL_DATA or ./data, as for "fogbell serve". */
export const dataDir = (options: LocationOptions, io: Io): string => resolve(givenDir(options, io) ?? './data')

const hasCode = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code
const isMissing = (error: unknown): boolean => hasCode(error, 'ENOENT')

/** Whether there is a file, as far as this user may know: one that is kept from him counts as there. */
const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    (error: unknown) => hasCode(error, 'EACCES'),
  )

const descriptionFile = (data: string): string => join(data, 'fogbell.json')

/** Where a running server is looked for: the directory that is given, else ./data, else that of the service if no server is in ./data. */
const runningDir = async (options: LocationOptions, io: Io): Promise<string> => {
  const own = dataDir(options, io)
  const { serviceData } = io
  const isChosen = givenDir(options, io) !== undefined || (await isThere(descriptionFile(own)))
  if (serviceData === undefined || isChosen || !(await isThere(serviceData))) return own
  if (await isThere(descriptionFile(serviceData))) return serviceData
  const files = { file: descriptionFile(own), service: descriptionFile(serviceData) }
  throw new OtaError('OTA_UNREACHABLE', sentence('server_not_described', files))
}

/** The directory to look at, whether a server runs or not: as `runningDir`; if there is none, ./data, or else that of the service. */
export const directoryToExamine = async (options: LocationOptions, io: Io): Promise<string> => {
  const own = dataDir(options, io)
  const { serviceData } = io
  if (serviceData === undefined || givenDir(options, io) !== undefined || (await isThere(descriptionFile(own)))) return own
  if (await isThere(descriptionFile(serviceData))) return serviceData
  return (await isThere(own)) || !(await isThere(serviceData)) ? own : serviceData
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Adds a scheme if there is none, and removes trailing slashes. */
const readUrl = (text: string): string => {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  const url = URL.canParse(full) ? new URL(full) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') {
    throw usageError(`the server "${text}" is not an http:// or https:// URL; write it as http://192.0.2.7:8080`)
  }
  if (url.username !== '' || url.search !== '' || url.hash !== '') {
    throw usageError(`the server "${text}" must have only host, port and path; give the token with --token or FOGBELL_TOKEN`)
  }
  return url.href.replace(/\/+$/, '')
}

/** A file of the server that this user may not read. */
const notAllowed = (file: string, cause: unknown): OtaError =>
  new OtaError('OTA_UNAUTHORIZED', sentence('server_file_not_allowed', { file }), { cause })

const readDescription = async (file: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    if (isMissing(error))
      throw new OtaError('OTA_UNREACHABLE', `no server is running on this data directory: there is no ${file}`, { cause: error })
    if (hasCode(error, 'EACCES')) throw notAllowed(file, error)
    throw new OtaError('OTA_UNREACHABLE', `${file} cannot be read: ${reason(error)}`, { cause: error })
  }
}

/** A description whose process is gone is not used: another program may have the port by now, and must not get the token. */
const fromFile = async (data: string): Promise<{ readonly url: string; readonly trust: Trust | undefined }> => {
  const file = descriptionFile(data)
  const found = await readDescription(file)
  if (typeof found !== 'object' || found === null || !('admin' in found) || typeof found.admin !== 'string') {
    throw new OtaError('OTA_UNREACHABLE', `${file} does not say where the admin API is`)
  }
  if ('pid' in found && typeof found.pid === 'number' && !isAlive(found.pid)) {
    throw new OtaError(
      'OTA_UNREACHABLE',
      `the server at ${found.admin} is not running: ${file} was left by process ${found.pid}, which has ended`,
    )
  }
  const known = 'adminFingerprint' in found && typeof found.adminFingerprint === 'string' ? found.adminFingerprint : undefined
  return { url: readUrl(found.admin), trust: known === undefined ? undefined : { fingerprint: known } }
}

/** From `--ca` or FOGBELL_CA. */
export const givenAuthority = async ({ ca }: LocationOptions, io: Io): Promise<string | undefined> => {
  const file = ca ?? variable(io, 'FOGBELL_CA')
  if (file === undefined) return undefined
  const text = (await readGiven(file)).toString()
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw usageError(`${file} has no certificate (PEM); give the one of the authority, as ca.crt of "fogbell certs init"`)
}

/** The first MQTT address of the server that is running on the data directory; undefined if there is none. */
export const describedBroker = async (options: LocationOptions, io: Io): Promise<string | undefined> => {
  const found = await runningDir(options, io)
    .then((data) => readDescription(descriptionFile(data)))
    .catch(() => undefined)
  if (typeof found !== 'object' || found === null || !('mqtt' in found) || !Array.isArray(found.mqtt)) return undefined
  const [first]: unknown[] = found.mqtt
  return typeof first === 'string' ? first : undefined
}

const tokenFromFile = async (data: string): Promise<string | undefined> => {
  const file = join(data, 'admin.token')
  try {
    return (await readFile(file, 'utf8')).trim() || undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    if (hasCode(error, 'EACCES')) throw notAllowed(file, error)
    throw new OtaError('OTA_UNAUTHORIZED', `the token in ${file} cannot be read: ${reason(error)}`, { cause: error })
  }
}

/** Finds the server again at every call: a restarted one may listen elsewhere. OTA_UNREACHABLE if there is none. */
export const findServer = async (options: LocationOptions, io: Io): Promise<ServerLocation> => {
  const server = options.server ?? variable(io, 'FOGBELL_SERVER')
  const token = options.token ?? variable(io, 'FOGBELL_TOKEN')
  const ca = await givenAuthority(options, io)
  // The service's token is not for a server that is named otherwise.
  const data = server === undefined ? await runningDir(options, io) : dataDir(options, io)
  const found = server === undefined ? await fromFile(data) : { url: readUrl(server), trust: undefined }
  return {
    url: found.url,
    trust: ca === undefined ? found.trust : { ca },
    token: token ?? (await tokenFromFile(data)),
  }
}
