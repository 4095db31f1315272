// How a link begins: its scheme, and the name or address of the server (protocol.md §3). Pure.

import type { LinkTarget } from '../ota/ports/downloads.ts'

export type LinkScheme = 'http' | 'https'

export interface LinkSettings {
  /** The start of all links; null: the scheme, the host of the device's connection, and the port. */
  readonly publicUrl: string | null
  /** The start of https links; null: as `publicUrl` says. */
  readonly tlsPublicUrl: string | null
  /** Products whose links have another scheme than their connection suggests. */
  readonly schemes: readonly { readonly product: string; readonly scheme: LinkScheme }[]
}

/** The ports that are open; null: there is none of that scheme. */
export interface LinkPorts {
  readonly plain: number | null
  readonly tls: number | null
}

/** The scheme that the connection or the settings suggest, if it can be had, else the other one. */
const schemeFor = (isTls: boolean, { schemes, tlsPublicUrl }: LinkSettings, { plain, tls }: LinkPorts, product: string): LinkScheme => {
  const wanted = schemes.find((each) => each.product === product)?.scheme ?? (isTls ? 'https' : 'http')
  if (plain === null) return 'https'
  return tls === null && tlsPublicUrl === null ? 'http' : wanted
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, '')

/** The start of a link, without a slash at its end. */
export const createLinkStart = (settings: LinkSettings, ports: LinkPorts): ((target: LinkTarget) => string) => {
  const publicUrl = settings.publicUrl === null ? null : withoutSlash(settings.publicUrl)
  const tlsPublicUrl = settings.tlsPublicUrl === null ? publicUrl : withoutSlash(settings.tlsPublicUrl)
  return ({ host, tlsHost, product }) =>
    schemeFor(tlsHost !== null, settings, ports, product) === 'http'
      ? (publicUrl ?? `http://${host}:${ports.plain}`)
      : (tlsPublicUrl ?? `https://${tlsHost ?? host}:${ports.tls}`)
}
