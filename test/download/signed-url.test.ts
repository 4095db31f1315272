// Signed URLs as text: their form and which of them are accepted.

import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSignedUrl, signedPath } from '../../src/download/signed-url.ts'

const SHA256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

test('a link holds task and image, and ends with half of an HMAC-SHA256 in lower-case hex', () => {
  const hmac = createHmac('sha256', 'key').update('fogbell download 12 ba7816bf8f01cfea').digest('hex')
  expect(signedPath('key', 12, SHA256)).toBe(`/d/12/ba7816bf8f01cfea/${hmac.slice(0, 32)}`)
})

test('a link with a valid signature gives its task and image', () => {
  const link = signedPath('key', 2_147_483_647, SHA256)
  expect(readSignedUrl('key', link)).toEqual({ task: 2_147_483_647, image: 'ba7816bf8f01cfea' })
  expect(readSignedUrl('key', `http://192.0.2.7:8070${link}`)).toEqual({ task: 2_147_483_647, image: 'ba7816bf8f01cfea' })
  expect(readSignedUrl('another key', link)).toBe('altered')
})

test('links of different tasks or images never have the same signature', () => {
  const signatures = [1, 11, 111].flatMap((task) =>
    [SHA256, `1${SHA256}`, '1'.repeat(64)].map((sha256) => signedPath('key', task, sha256).slice(-32)),
  )
  expect(new Set(signatures).size).toBe(9)
})

test('a link with any character changed, removed or inserted is refused', () => {
  const link = signedPath('key', 12, SHA256)
  const edits = fc.record({ at: fc.nat({ max: link.length - 1 }), cut: fc.nat({ max: 1 }), text: fc.string({ maxLength: 1 }) })
  fc.assert(
    fc.property(edits, ({ at, cut, text }) => {
      const edited = link.slice(0, at) + text + link.slice(at + cut)
      fc.pre(edited !== link)
      expect(readSignedUrl('key', edited)).toBe(edited.startsWith('/d/') ? 'altered' : 'unknown')
    }),
  )
})

test('letters beyond ASCII are not accepted as hex', () => {
  const link = signedPath('key', 12, SHA256)
  expect(readSignedUrl('key', `${link.slice(0, -1)}é`)).toBe('altered')
  expect(readSignedUrl('key', `${link.slice(0, -2)}é`)).toBe('altered')
})
