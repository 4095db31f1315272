// A request of the page as a command for curl. Pure.

import { base, type Method } from '../api/client.ts'

const quoted = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`

/** What is safe in a shell stays as it is. */
export const shellWord = (value: string): string => (/^[\w@%+=:,./-]+$/.test(value) ? value : quoted(value))

export interface CurlCommand {
  readonly method: Method
  /** Behind /api/v1. */
  readonly path: string
  readonly body?: unknown
  /** A file that is sent as the body. */
  readonly file?: string
  /** Of that file; left out: curl's own. */
  readonly type?: string
}

/** A command that does the same, with the token out of its file. */
export const curlText = ({ method, path, body, file, type }: CurlCommand, origin: string): string =>
  [
    `curl -X ${method} ${quoted(`${origin}${base}${path}`)}`,
    `-H "Authorization: Bearer $(cat data/admin.token)"`,
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body))}`]),
    ...(type === undefined ? [] : [`-H ${quoted(`Content-Type: ${type}`)}`]),
    // Else curl takes brackets in the name for a range, and a dash for what it is given on its input.
    ...(file === undefined ? [] : [`-g -T ${quoted(file.startsWith('-') ? `./${file}` : file)}`]),
  ].join(' \\\n  ')
