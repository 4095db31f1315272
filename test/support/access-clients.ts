// Programs with tokens of their own, and browsers with cookies, at the admin API of a test.

import type { Role } from '../../src/roles.ts'
import { type AdminFixture, type Answer, textOf } from './admin-fixture.ts'

export interface AccessClient {
  readonly name: string
  readonly token: string
  call(method: string, url: string, body?: object | string, headers?: Readonly<Record<string, string>>): Promise<Answer>
}

let made = 0

/** A program with a new token of that role. */
export const clientWith = async (fixture: AdminFixture, role: Role): Promise<AccessClient> => {
  made += 1
  const name = `program-${made}`
  const { body } = await fixture.call('POST', '/api/v1/tokens', { name, role, ...(role === 'station' ? { station: 'S1' } : {}) })
  const token = textOf(body['token'])
  return {
    name,
    token,
    call: (method, url, sent, headers) => fixture.call(method, url, sent, { authorization: `Bearer ${token}`, ...headers }),
  }
}

export interface Browser {
  /** As the browser has it: `name=value`. */
  cookie: string
  /** The attributes that it was set with. */
  readonly attributes: string
  /** With the cookie and the Origin of the page. */
  call(method: string, url: string, body?: object | string, headers?: Readonly<Record<string, string>>): Promise<Answer>
}

/** Signs in; throws the answer's text if that is refused. */
export const browserWith = async (
  fixture: AdminFixture,
  proof: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Browser> => {
  const answer = await fixture.ask('POST', '/api/v1/session', proof, headers)
  if (answer.status !== 200) throw new Error(answer.text)
  const [cookie = '', ...attributes] = (answer.headers.get('set-cookie') ?? '').split('; ')
  const browser: Browser = {
    cookie,
    attributes: attributes.join('; '),
    call: (method, url, body, more) => fixture.ask(method, url, body, { cookie: browser.cookie, origin: fixture.admin.url, ...more }),
  }
  return browser
}
