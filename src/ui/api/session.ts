// Who is signed in, with which role; signing in and out. Knows no view.

import { computed, signal } from '@preact/signals'
import { type PersonRole, reaches } from '../../roles.ts'
import { readStored, removeStored, writeStored } from '../text/stored.ts'
import { isRefusal, onForbidden, onSignedOut, request } from './client.ts'
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

/** Under what begins so the forms keep what is typed. */
export const draftPrefix = 'fogbell.draft.'
const removeDrafts = (): void => removeStored('session', draftPrefix)

const forgetful = new Set<() => void>()
/** Calls it when somebody signs out, or another person signs in: what it keeps in memory is not for them. */
export const onOtherPerson = (forget: () => void): void => void forgetful.add(forget)

const forgetPerson = (): void => {
  removeDrafts()
  for (const forget of forgetful) forget()
}

/** Whose drafts these are. */
const draftsOf = 'fogbell.owner'
/** The same where nothing can be stored. */
let owner: string | null = null

/** What somebody else has typed in this tab is not shown. */
const become = (who: Whoami): void => {
  const before = readStored('session', draftsOf) ?? owner
  if (before !== null && before !== who.name) forgetPerson()
  owner = who.name
  writeStored('session', draftsOf, who.name)
  caller.value = who
  startLive()
}

export type Proof = { readonly code: string } | { readonly token: string } | { readonly name: string; readonly password: string }

/** Throws a Refusal. */
export const signIn = async (proof: Proof): Promise<void> =>
  become((await request<Whoami>('/session', { method: 'POST', body: proof })).body)

export const signOut = async (everywhere: boolean): Promise<void> => {
  await request(everywhere ? '/sessions' : '/session', { method: 'DELETE' })
  forgetPerson()
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

/** Whether it is not known who is signed in, since the server does not answer. */
export const isUnanswered = signal(false)
/** Until the server is asked again who is signed in, milliseconds. */
const askMs = 2000

/** Only the server itself says that nobody is: without its answer it is asked again. */
const ask = async (): Promise<void> => {
  try {
    become((await request<Whoami>('/whoami')).body)
  } catch (thrown) {
    if (isRefusal(thrown) && thrown.problem?.status === 401) caller.value = null
    else {
      isUnanswered.value = true
      setTimeout(() => void ask(), askMs)
    }
  }
}

let isAsking = false
/** The role may have changed: what it may not do any more goes out of use. */
const askRole = (): void => {
  if (isAsking) return
  isAsking = true
  request<Whoami>('/whoami')
    .then(({ body }) => {
      const before = caller.peek()
      if (!before || JSON.stringify(body) === JSON.stringify(before)) return
      // In another tab somebody else has signed in.
      if (body.name !== before.name) become(body)
      else caller.value = body
    })
    .catch(() => undefined)
    .finally(() => {
      isAsking = false
    })
}

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
  onForbidden(askRole)
  // A link that is pasted into this tab changes only the fragment: the page is not loaded again.
  addEventListener('hashchange', () => void signInByAddress())
  if (!(await signInByAddress())) await ask()
}
