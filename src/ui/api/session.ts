// Who is signed in, with which role; signing in and out. Knows no view.

import { computed, signal } from '@preact/signals'
import { type PersonRole, reaches } from '../../roles.ts'
import { isRefusal, onSignedOut, request } from './client.ts'
import { onStreamRefused, startLive } from './live.ts'
import type { Whoami } from './records.d.ts'

/** null: nobody; undefined: not known yet. */
export const caller = signal<Whoami | null | undefined>(undefined)

/** Whether the caller may do what needs that role. */
export const may = (needed: PersonRole): boolean => {
  const role = caller.value?.role
  return role !== undefined && reaches(role, needed)
}
export const isSignedIn = computed(() => caller.value !== null && caller.value !== undefined)

const become = (who: Whoami): void => {
  caller.value = who
  startLive()
}

export type Proof = { readonly code: string } | { readonly token: string } | { readonly name: string; readonly password: string }

/** Throws a Refusal. */
export const signIn = async (proof: Proof): Promise<void> =>
  become((await request<Whoami>('/session', { method: 'POST', body: proof })).body)

export const signOut = async (everywhere: boolean): Promise<void> => {
  await request(everywhere ? '/sessions' : '/session', { method: 'DELETE' })
  caller.value = null
}

/** The code of a link that signs in, taken out of the address at once. */
const codeInAddress = (): string | null => {
  const code = new URLSearchParams(location.hash.slice(1)).get('code')
  if (code !== null) history.replaceState(history.state, '', `${location.pathname}${location.search}`)
  return code
}

/** Why the link of the address did not sign in. */
export const linkProblem = signal<string | null>(null)

/** Signs in by the code in the address, if there is one. Whether it did. */
const signInByAddress = async (): Promise<boolean> => {
  const code = codeInAddress()
  if (code === null) return false
  const thrown = await signIn({ code }).catch((cause: unknown) => cause)
  linkProblem.value = isRefusal(thrown) ? (thrown.problem?.detail ?? null) : null
  return thrown === undefined
}

/** Finds out who is signed in; a code in the address signs in first. */
export const startSession = async (): Promise<void> => {
  const forget = (): void => {
    caller.value = null
  }
  onSignedOut(forget)
  onStreamRefused(forget)
  // A link that is pasted into this tab changes only the fragment: the page is not loaded again.
  addEventListener('hashchange', () => void signInByAddress())
  if (await signInByAddress()) return
  try {
    become((await request<Whoami>('/whoami')).body)
  } catch {
    caller.value = null
  }
}
