// fogbell certs: makes a small authority and certificates for a local network. Works on a directory, not on a running server; says what was
// made, and which settings use it.

import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import type { makeAuthority } from '../offline/certs/authority.ts'
import { splitDevice } from './api-client.ts'
import { type Cli, repeatable } from './command.ts'
import { localTime } from './format.ts'
import { createOutput } from './output.ts'
import { pairs } from './wrap.ts'

type Made = Awaited<ReturnType<typeof makeAuthority>>

interface CertsOptions {
  readonly dir?: string
  readonly name?: readonly string[]
  readonly newKey?: boolean
  readonly json?: boolean
}

const dirOf = async ({ dir }: CertsOptions): Promise<string> =>
  dir === undefined ? (await import('../offline/certs/cert-files.ts')).defaultDir() : resolve(dir)

const jsonOf = (made: Made, settings: object): object => ({
  ...made,
  from: made.from.toISOString(),
  until: made.until.toISOString(),
  ...settings,
})

/** `next`: what to do with the files. */
const report = (cli: Cli, options: CertsOptions, made: Made, next: readonly string[], settings: object = {}): void =>
  createOutput(cli.io, options.json === true).result(jsonOf(made, settings), () => [
    ...pairs([
      ['certificate', made.cert],
      ['key', made.key],
      ['for', made.names.join(', ')],
      ['valid until', localTime(made.until.toISOString())],
      ['SHA-256', made.fingerprint],
    ]),
    '',
    ...next,
  ])

const dirFlag = (options: CertsOptions): string => (options.dir === undefined ? '' : ` --dir ${options.dir}`)

const init = async (cli: Cli, options: CertsOptions): Promise<void> => {
  const { makeAuthority: make } = await import('../offline/certs/authority.ts')
  const made = await make({ dir: await dirOf(options), now: cli.io.now() })
  report(cli, options, made, [
    `Devices, browsers and the command trust the server by ${made.cert}: it may be given to everyone.`,
    `Whoever has ${made.key} can make certificates for any of them: keep a copy in a safe place.`,
    '',
    `Next: fogbell certs server${dirFlag(options)}`,
  ])
}

const settingsOf = ({ cert, key, authority }: Made) => {
  const pair = { cert: { file: cert }, key: { file: key } }
  return {
    mqtt: { listeners: [{ url: 'mqtt://[::]:1883' }, { url: 'mqtts://[::]:8883', ...pair }] },
    firmware: pair,
    admin: pair,
    requestCert: { ca: { file: authority }, requestCert: true },
  }
}

const settingsLines = (made: Made): readonly string[] => {
  const { requestCert, ...settings } = settingsOf(made)
  const parts = Object.entries(settings).map(([name, value]) => `  "${name}": ${JSON.stringify(value)}`)
  return [
    'For the settings file, each part as wanted:',
    '',
    parts.join(',\n'),
    '',
    'To let devices in by their certificates, add to the mqtts listener:',
    '',
    `  ${JSON.stringify(requestCert).slice(1, -1)}`,
  ]
}

/** The settings file of the service, whose directory of certificates is beside it; any other is not known. */
const settingsFile = ({ cert }: Made): string => (dirname(cert) === '/etc/fogbell/tls' ? '/etc/fogbell/config.json' : 'FILE')

const server = async (cli: Cli, options: CertsOptions): Promise<void> => {
  const { makeServer: make } = await import('../offline/certs/authority.ts')
  const made = await make({
    dir: await dirOf(options),
    now: cli.io.now(),
    names: options.name ?? [],
    newKey: options.newKey === true,
  })
  const { requestCert: _requestCert, ...settings } = settingsOf(made)
  const next = [
    ...settingsLines(made),
    '',
    'To renew it, run the same command again and send the server SIGHUP (systemctl reload fogbell).',
    `Next: fogbell serve --config ${settingsFile(made)} --check, then restart the server; for a device: fogbell certs device PK/DN${dirFlag(options)}`,
  ]
  report(cli, options, made, next, { settings })
}

const device = async (cli: Cli, name: string, options: CertsOptions): Promise<void> => {
  const [product, own] = splitDevice(name)
  const { makeDevice: make } = await import('../offline/certs/authority.ts')
  const made = await make({ dir: await dirOf(options), now: cli.io.now(), device: name, newKey: options.newKey === true })
  report(cli, options, made, [
    'Put on the board:',
    ...pairs([
      ['its certificate', made.cert],
      ['its key', made.key],
      ['the authority', `${made.authority} (checks the server)`],
      ['MQTT username', `${own}&${product}`],
    ]).map((line) => `  ${line}`),
    '',
    'On a listener with requestCert the device needs no password. Its key is not needed here any more once it is on the board.',
    'Where devices.enrolment is closed, add the device too: fogbell device add; removing it there keeps it out.',
  ])
}

const dirOption = 'directory of the authority (default: /etc/fogbell/tls if it can be written, else ./tls)'
const newKeyOption = 'make a new key too; else a renewal keeps the one that is there'

/** Adds `fogbell certs`. */
export const addCerts = (cli: Cli, program: Command): void => {
  const noun = program.command('certs').description('Make certificates for a local network: an authority, the server, devices.')
  const command = (name: string, description: string): Command =>
    noun.command(name).description(description).option('--dir <dir>', dirOption).option('--json', 'print JSON')
  const first = command('init', 'Make the authority, valid for 10 years; one that is there is never overwritten.')
  first.action(() => init(cli, first.opts<CertsOptions>()))
  const second = command('server', 'Make or renew the certificate of the server, valid for 825 days.').option('--new-key', newKeyOption)
  repeatable(second, '--name <name>', 'host name or address of the server (default: all of this machine)')
  second.action(() => server(cli, second.opts<CertsOptions>()))
  const third = command('device', 'Make or renew the certificate of a device, valid as long as the authority.')
    .argument('<PK/DN>', 'product key and device name')
    .option('--new-key', newKeyOption)
  third.action((name: string) => device(cli, name, third.opts<CertsOptions>()))
}
