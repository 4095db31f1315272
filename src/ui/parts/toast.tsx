// What an action has done, or why it was refused: in a corner, for some seconds, and said by screen readers.

import { signal } from '@preact/signals'
import { isRefusal } from '../api/client.ts'
import { onOtherPerson } from '../api/session.ts'
import { text } from '../text/text.ts'
import { announce } from './announce.ts'
import './toast.css'

interface Toast {
  readonly id: number
  readonly sentence: string
  readonly isFailure: boolean
  readonly about: string | null
}

const toasts = signal<readonly Toast[]>([])
onOtherPerson(() => (toasts.value = []))
const shownMs = 6000
let count = 0

const close = (id: number): void => {
  toasts.value = toasts.value.filter((toast) => toast.id !== id)
}

/** A failure stays until it is closed. `about`: a newer one about the same takes the place of the older one. */
export const notify = (sentence: string, isFailure = false, about: string | null = null): void => {
  count += 1
  const id = count
  const others = toasts.value.filter((toast) => about === null || toast.about !== about)
  toasts.value = [...others.slice(-3), { id, sentence, isFailure, about }]
  announce(sentence, isFailure)
  if (!isFailure) setTimeout(() => close(id), shownMs)
}

/** The sentence of a refusal. */
export const refusalText = (thrown: unknown): string =>
  isRefusal(thrown) && thrown.problem !== null
    ? [thrown.problem.detail, ...(thrown.problem.faults ?? []).map(({ path, message }) => `${path}: ${message}`)].join(' ')
    : text('problem.unreachable')

/** Does it, and shows why it was refused; whether it was done. `done`: what to say then; `about`: as of `notify`. */
export const attempt = async (work: () => Promise<unknown>, done?: string, about?: string): Promise<boolean> => {
  try {
    await work()
    if (done !== undefined) notify(done, false, about)
    return true
  } catch (thrown) {
    notify(refusalText(thrown), true, about)
    return false
  }
}

export const Toasts = () => (
  <div class="toasts">
    {toasts.value.map(({ id, sentence, isFailure }) => (
      <p key={id} class={isFailure ? 'failed' : ''}>
        <span>{sentence}</span>
        <button type="button" class="plain" onClick={() => close(id)}>
          {text('action.close')}
        </button>
      </p>
    ))}
  </div>
)
