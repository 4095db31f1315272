// Passwords of users (`mqtt.users`): `scrypt$N$r$p$saltBase64$hashBase64`. Slow by design, off the main thread, and only a few at once, so
// that many guesses cannot occupy the machine. Knows no users and no packets.

import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

const cost = { N: 16_384, r: 8, p: 1 }
const keyBytes = 32
const saltBytes = 16
const maxMemory = 256 * 1024 * 1024

const derive = (password: string | Uint8Array, salt: Uint8Array, bytes: number, options: ScryptOptions): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password, salt, bytes, { ...options, maxmem: maxMemory }, (error, key) => (error === null ? resolve(key) : reject(error)))
  })

/** A new hash of the password for `passwordHash`, with its own salt; takes about 50 ms. */
export const hashPassword = async (password: string, salt: Uint8Array = randomBytes(saltBytes)): Promise<string> => {
  const key = await derive(password, salt, keyBytes, cost)
  return ['scrypt', cost.N, cost.r, cost.p, Buffer.from(salt).toString('base64'), key.toString('base64')].join('$')
}

interface Parsed {
  readonly options: { readonly N: number; readonly r: number; readonly p: number }
  readonly salt: Buffer
  readonly key: Buffer
}

/** The parts of a stored hash; undefined if it is not a hash, or would need more than 256 MiB. */
const parseHash = (stored: string): Parsed | undefined => {
  const [, N, r, p, salt, key] = /^scrypt\$(\d{1,8})\$(\d{1,3})\$(\d{1,3})\$([\w+/-]+=*)\$([\w+/-]+=*)$/.exec(stored) ?? []
  if (salt === undefined || key === undefined) return undefined
  const parsed = {
    options: { N: Number(N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
  }
  const { options } = parsed
  const valid = options.N > 1 && Number.isInteger(Math.log2(options.N)) && options.r > 0 && options.p > 0 && parsed.key.length >= 16
  return valid && 128 * options.N * options.r * options.p < maxMemory ? parsed : undefined
}

/** Whether `stored` is a hash that a password can be checked against. */
export const isPasswordHash = (stored: string): boolean => parseHash(stored) !== undefined

/** Whether the password is the one that was hashed; false if `stored` is not a hash. */
export const verifyPassword = async (password: string | Uint8Array, stored: string): Promise<boolean> => {
  const parsed = parseHash(stored)
  if (parsed === undefined) return false
  const key = await derive(password, parsed.salt, parsed.key.length, parsed.options)
  return timingSafeEqual(key, parsed.key)
}

export type PasswordCheck = (password: Uint8Array, stored: string) => Promise<boolean>

/** Checks at most `atOnce` passwords at the same time and lets `waiting` more wait; further ones are rejected. */
export const createPasswordCheck = (atOnce: number, waiting: number, verify: PasswordCheck = verifyPassword): PasswordCheck => {
  let running = 0
  const queue: (() => void)[] = []
  const enter = (): Promise<void> =>
    new Promise((resolve, reject) => {
      if (running < atOnce) {
        running += 1
        resolve()
      } else if (queue.length < waiting) queue.push(resolve)
      else reject(new Error(`${waiting} passwords are already waiting to be checked`))
    })
  const leave = (): void => {
    const next = queue.shift()
    if (next === undefined) running -= 1
    else next()
  }
  return async (password, stored) => {
    await enter()
    try {
      return await verify(password, stored)
    } finally {
      leave()
    }
  }
}
