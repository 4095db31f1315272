// The upload of a package: one at a time, by XMLHttpRequest, since fetch says nothing of how far it is. It goes on while another view is shown.

import { signal } from '@preact/signals'
import { reaches } from '../../../roles.ts'
import { answered, base, isRefusal, type Refusal, request } from '../../api/client.ts'
import type { Firmware, Whoami } from '../../api/records.d.ts'
import { onOtherPerson } from '../../api/session.ts'
import { announce } from '../../parts/announce.ts'
import { chosenFile } from '../../parts/file-drop.tsx'
import { notify } from '../../parts/toast.tsx'
import { place } from '../../router.ts'
import { language, text } from '../../text/text.ts'
import { isReadable } from './image-said.ts'
import { type SentSample, withSample } from './upload-rate.ts'

/** Why an upload has ended without an answer. */
export type Torn = 'torn' | 'lost' | 'signedOut' | 'role' | 'unreadable'

export type Upload =
  | { readonly kind: 'none' }
  | { readonly kind: 'sending'; readonly file: File; readonly samples: readonly SentSample[] }
  | { readonly kind: 'added'; readonly file: File; readonly firmware: Firmware; readonly isNew: boolean }
  | { readonly kind: 'refused'; readonly file: File; readonly refusal: Refusal }
  | { readonly kind: 'torn'; readonly file: File; readonly why: Torn; readonly sent: number }
  | { readonly kind: 'canceled'; readonly file: File }

export const upload = signal<Upload>({ kind: 'none' })

let running: XMLHttpRequest | null = null

/** The browser asks whether the page may be left. */
const askFirst = (event: BeforeUnloadEvent): void => event.preventDefault()

const end = (next: Upload): void => {
  running = null
  removeEventListener('beforeunload', askFirst)
  upload.value = next
}

/** Without an answer only asking again says why. */
const whyTorn = async (file: File): Promise<Torn> => {
  if (!(await isReadable(file))) return 'unreadable'
  try {
    const { body } = await request<Whoami>('/whoami')
    return reaches(body.role, 'operator') ? 'torn' : 'role'
  } catch (thrown) {
    return isRefusal(thrown) && thrown.problem !== null ? 'signedOut' : 'lost'
  }
}

/** Who looks at another view is shown the end there. */
const say = (sentence: string, isFailure: boolean): void =>
  place.peek().path === '/firmware' ? announce(sentence) : notify(sentence, isFailure)

const finish = (file: File, status: number, body: string): void => {
  try {
    const firmware = answered<Firmware>(status, body)
    end({ kind: 'added', file, firmware, isNew: status === 201 })
    if (chosenFile.peek() === file) chosenFile.value = null
    say(text('firmware.upload.said', { product: firmware.product, version: firmware.version }), false)
  } catch (thrown) {
    const refusal: Refusal = isRefusal(thrown) ? thrown : { problem: null, etag: null }
    end({ kind: 'refused', file, refusal })
    say(refusal.problem?.detail ?? text('problem.unreachable'), true)
  }
}

const fail = async (file: File, sent: number): Promise<void> => {
  const why = await whyTorn(file)
  end({ kind: 'torn', file, why, sent })
  say(text(`firmware.upload.torn.${why}`), true)
}

/** Between two changes of what is shown, milliseconds. */
const paintMs = 250

/** `path`: behind /api/v1, with what the package is called. */
export const startUpload = (file: File, path: string): void => {
  if (running !== null) return
  const sending = new XMLHttpRequest()
  running = sending
  addEventListener('beforeunload', askFirst)
  let sent = 0
  let samples: readonly SentSample[] = []
  // Also while nothing moves: then the speed falls.
  const paint = (): void => {
    samples = withSample(samples, { at: performance.now(), sent })
    upload.value = { kind: 'sending', file, samples }
  }
  paint()
  const painting = setInterval(paint, paintMs)
  sending.upload.onprogress = ({ loaded }) => {
    sent = Math.min(loaded, file.size)
  }
  sending.onloadend = () => clearInterval(painting)
  sending.onload = () => finish(file, sending.status, sending.responseText)
  sending.onerror = () => void fail(file, sent)
  sending.onabort = () => end({ kind: 'canceled', file })
  sending.open('PUT', `${base}${path}`)
  sending.setRequestHeader('accept', 'application/json')
  sending.setRequestHeader('accept-language', language.peek())
  sending.setRequestHeader('content-type', 'application/octet-stream')
  sending.send(file)
}

export const cancelUpload = (): void => running?.abort()

/** Forgets how the last one ended. */
export const forgetUpload = (): void => {
  if (running === null) upload.value = { kind: 'none' }
}

// What is being sent was begun with the rights of who has left.
onOtherPerson(() => {
  cancelUpload()
  forgetUpload()
})
