// Passwords of users, and the bound on how many are checked at once.

import { expect, test } from 'vitest'
import { createPasswordCheck, hashPassword, isPasswordHash, verifyPassword } from '../src/password.ts'
import { patient } from './support/wire-client.ts'

test('a password matches its hash, another does not', async () => {
  const hash = await hashPassword('Größe 1')
  expect(hash).toMatch(/^scrypt\$16384\$8\$1\$[\w+/]+=*\$[\w+/]+=*$/)
  expect(isPasswordHash(hash)).toBe(true)
  expect(await verifyPassword(Buffer.from('Größe 1'), hash)).toBe(true)
  expect(await verifyPassword('größe 1', hash)).toBe(false)
  expect(await hashPassword('Größe 1')).not.toBe(hash)
})

test('a hash with other costs is read too', async () => {
  // RFC 7914 §12: scrypt("password", "NaCl", 1024, 8, 16).
  const key =
    'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640'
  const hash = `scrypt$1024$8$16$${Buffer.from('NaCl').toString('base64')}$${Buffer.from(key, 'hex').toString('base64')}`
  expect(await verifyPassword('password', hash)).toBe(true)
})

test.each([
  '',
  'secret',
  'scrypt$16384$8$1$c2FsdA==',
  'scrypt$16384$8$1$c2FsdA==$YQ==',
  'scrypt$1000$8$1$c2FsdA==$YWFhYWFhYWFhYWFhYWFhYQ==',
  'scrypt$0$8$1$c2FsdA==$YWFhYWFhYWFhYWFhYWFhYQ==',
  'scrypt$67108864$8$1$c2FsdA==$YWFhYWFhYWFhYWFhYWFhYQ==',
])('%j is not a hash and matches no password', async (stored) => {
  expect(isPasswordHash(stored)).toBe(false)
  expect(await verifyPassword('', stored)).toBe(false)
})

test('a few are checked at once, some wait, more are rejected', async () => {
  const [order, finish] = [[] as string[], [] as (() => void)[]]
  let [running, most] = [0, 0]
  const check = createPasswordCheck(2, 1, async (password) => {
    running += 1
    most = Math.max(most, running)
    await new Promise<void>((resolve) => finish.push(resolve))
    running -= 1
    order.push(String(password))
    return true
  })
  const [one, two, three] = ['1', '2', '3'].map((word) => check(Buffer.from(word), ''))
  await expect(check(Buffer.from('4'), '')).rejects.toThrow('already wait')
  finish.shift()?.()
  await one
  await expect.poll(() => finish.length, patient).toBe(2)
  for (const go of finish) go()
  await Promise.all([two, three])
  expect(order).toEqual(['1', '2', '3'])
  expect(most).toBe(2)
})

test('a check that fails lets the next one start', async () => {
  const check = createPasswordCheck(1, 0, () => Promise.reject(new Error('no memory')))
  await expect(check(Buffer.from('1'), '')).rejects.toThrow('no memory')
  await expect(check(Buffer.from('2'), '')).rejects.toThrow('no memory')
})
