// What the page shows receivers for verifying a signature does verify one.

import { expect, test } from 'vitest'
import { signatureOf } from '../../src/webhooks/alert-event.ts'
import { pageText } from '../support/page-samples.ts'

type IsGenuine = (secret: string, header: string, body: Buffer) => boolean

const [, sample = ''] = /```js\n(import \{ createHmac[\s\S]*?)```/.exec(pageText('docs/operations.md')) ?? []

test('the sample for Node.js takes what the server signs, and nothing else', async () => {
  const module = `${sample}\nexport { isGenuine }`
  const { isGenuine } = (await import(`data:text/javascript,${encodeURIComponent(module)}`)) as { readonly isGenuine: IsGenuine }
  const now = Math.floor(Date.now() / 1000)
  const body = Buffer.from('{"text":"灯"}')
  const header = signatureOf('a secret', now, body.toString())
  expect(isGenuine('a secret', header, body)).toBe(true)
  expect(isGenuine('another', header, body)).toBe(false)
  expect(isGenuine('a secret', header, Buffer.from('{}'))).toBe(false)
  expect(isGenuine('a secret', signatureOf('a secret', now - 301, body.toString()), body)).toBe(false)
  expect(isGenuine('a secret', header.replace(`t=${now}`, `t=${now - 1}`), body)).toBe(false)
})
