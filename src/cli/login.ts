// fogbell login: a link that signs a browser in once, as whoever runs the command. It holds a code, never the token.

import type { Command } from 'commander'
import type { ApiClient } from './api-client.ts'
import { lanAddresses } from './banner.ts'
import { type Cli, remote } from './command.ts'
import { when } from './format.ts'
import { findServer, type LocationOptions } from './server-location.ts'

interface ListenerRow {
  readonly service: string
  readonly url: string
}

const loopback = /^(https?:\/\/)(?:127\.0\.0\.1|localhost|\[::1\])(?=[:/]|$)/
const everywhere = /^https?:\/\/(?:\[::\]|0\.0\.0\.0)(?=[:/]|$)/

/** The same server under the addresses by which other machines reach it; none if it listens on this machine only, or is another one. */
export const addressesOf = async (client: Pick<ApiClient, 'get'>, url: string, lan: readonly string[]): Promise<readonly string[]> => {
  if (!loopback.test(url)) return []
  const { items } = await client.get<{ items: readonly ListenerRow[] }>('/listeners').catch(() => ({ items: [] as readonly ListenerRow[] }))
  const isOpen = items.some((one) => one.service === 'admin' && everywhere.test(one.url))
  return isOpen ? lan.map((address) => url.replace(loopback, `$1${address}`)) : []
}

/** What is behind the page's address, to sign in with the code; null: nothing. */
export const signInFragment = (code: string | null): string => (code === null ? '' : `#code=${encodeURIComponent(code)}`)

/** Adds `fogbell login`. */
export const addLogin = (cli: Cli, program: Command): void => {
  const command = program
    .command('login')
    .description('Print a link that signs a browser in: it works once, within 15 minutes, with the rights of the token that made it.')
  remote(cli, command, async ({ client, output, io }) => {
    const { code, expiresAt } = await client.send<{ code: string; expiresAt: string }>('POST', '/session/code')
    const { url } = await findServer(command.opts<LocationOptions>(), io)
    const linkOf = (base: string): string => `${base}/${signInFragment(code)}`
    const others = (await addressesOf(client, url, lanAddresses())).map(linkOf)
    output.result({ url: linkOf(url), others, code, expiresAt }, () => [...others, linkOf(url)])
    output.note(`It works once, until ${when(expiresAt, io.now())}.`)
  })
}
