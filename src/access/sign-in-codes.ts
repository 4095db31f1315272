// One-time codes that sign a browser in as whoever made them: in memory only, as digests. Knows no session and no cookie.

import type { Caller } from '../ota/ports/access.ts'
import { type AccessState, isCurrent } from './access-state.ts'
import { newSecret, sha256 } from './digests.ts'

export const codeMs = 15 * 60_000
/** Of one maker: the codes of others are not pushed out by them. */
const mostOfOne = 10

interface SignInCode {
  readonly caller: Caller
  readonly expiresAt: number
}

export interface SignInCodes {
  make(caller: Caller): { readonly code: string; readonly expiresAt: number }
  /** Whose it is, once; null: there is no such code, or its maker has lost those rights. */
  take(code: string): Caller | null
  /** Those of the caller are valid no more. */
  dropOf(caller: Caller): void
}

const isSameMaker = (one: Caller, other: Caller): boolean => one.kind === other.kind && one.name === other.name && one.proof === other.proof

export const createSignInCodes = (state: AccessState): SignInCodes => {
  const codes = new Map<string, SignInCode>()
  const idsOf = (maker: Caller): readonly string[] => [...codes].filter(([, { caller }]) => isSameMaker(caller, maker)).map(([id]) => id)
  const isValid = ({ caller, expiresAt }: SignInCode): boolean => state.now() < expiresAt && isCurrent(state, caller)
  return {
    make(caller) {
      for (const [id, one] of codes) if (!isValid(one)) codes.delete(id)
      const own = idsOf(caller)
      for (const id of own.slice(0, Math.max(0, own.length - mostOfOne + 1))) codes.delete(id)
      const code = newSecret()
      const expiresAt = state.now() + codeMs
      codes.set(sha256(code), { caller, expiresAt })
      return { code, expiresAt }
    },
    take(code) {
      const id = sha256(code)
      const found = codes.get(id)
      codes.delete(id)
      return found !== undefined && isValid(found) ? found.caller : null
    },
    dropOf(caller) {
      for (const id of idsOf(caller)) codes.delete(id)
    },
  }
}
