// A password that somebody gives: checked in its turn, and counted if it is wrong before the next one is checked.

import type { Log } from '../log.ts'
import { hashPassword, verifyPassword } from '../password.ts'
import { newSecret } from './digests.ts'
import type { InTurn } from './in-turn.ts'
import type { Tries } from './tries.ts'

export interface TriedPassword {
  readonly address: string
  /** Whose it shall be, as a key. */
  readonly key: string
  readonly password: string
  /** null: there is nobody of that name, which takes as long. */
  readonly hash: string | null
}

export interface PasswordTrial {
  readonly inTurn: InTurn
  readonly tries: Tries
  /** Counts what was wrong, and logs it. `user`: null for a name that nobody has: somebody may have typed a password there. */
  wrong(address: string, key: string, user: string | null): void
  /** OTA_TOO_MANY_TRIES while that name is refused from that address. */
  isRight(tried: TriedPassword): Promise<boolean>
}

export const createPasswordTrial = (inTurn: InTurn, tries: Tries, log: Log): PasswordTrial => {
  let decoy: Promise<string> | undefined
  const decoyHash = (): Promise<string> => {
    decoy ??= hashPassword(newSecret())
    return decoy
  }
  const wrong = (address: string, key: string, user: string | null): void => {
    tries.wrong(address, key)
    log.warn({ address, user }, 'admin: a wrong password, token or code was sent to sign in')
  }
  return {
    inTurn,
    tries,
    wrong,
    async isRight({ address, key, password, hash }) {
      tries.check(address, key)
      return inTurn(address, async () => {
        // Others may have been wrong while this one waited.
        tries.check(address, key)
        const isRight = (await verifyPassword(password, hash ?? (await decoyHash()))) && hash !== null
        if (isRight) tries.right(address, key)
        else wrong(address, key, hash === null ? null : key)
        return isRight
      })
    },
  }
}
