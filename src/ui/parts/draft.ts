// What is typed into a form: texts by path, kept over a reload of the page, with the faults that the server found. Passwords are not kept.

import { signal } from '@preact/signals'
import { useState } from 'preact/hooks'
import { isRefusal } from '../api/client.ts'
import { draftPrefix as prefix } from '../api/session.ts'
import { readStored, writeStored } from '../text/stored.ts'
import { text } from '../text/text.ts'

export type Values = Readonly<Record<string, string>>

export interface Draft {
  get(path: string): string
  set(path: string, value: string): void
  /** Several at once. */
  fill(values: Values): void
  readonly values: Values
  faultOf(path: string): string | null
  /** Those of other paths than these, and what was refused as a whole. */
  faultsBeside(paths: readonly string[]): readonly string[]
  /** Shows what was refused, and moves the focus to the first field with a fault. */
  refuse(thrown: unknown): void
  /** Shows what was refused of a form that is still being typed: the focus stays. null: nothing was. */
  show(thrown: unknown): void
  /** The faults of a check of the page's own: path to sentence. */
  refuseFields(faults: Values): void
  clear(): void
}

const restored = (key: string): Values => {
  try {
    return JSON.parse(readStored('session', prefix + key) ?? '{}') as Values
  } catch {
    return {}
  }
}

const faultsIn = (thrown: unknown): Values => {
  if (!isRefusal(thrown) || thrown.problem === null) return { '': text('problem.unreachable') }
  const { detail, faults = [] } = thrown.problem
  return faults.length === 0 ? { '': detail } : Object.fromEntries(faults.map(({ path, message }) => [path, message]))
}

const focusFirst = (): void => {
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
}

/** A fault of `target.tags[0]` is shown at `target.tags`, unless there is a field for it. */
const covers = (path: string, fault: string): boolean => fault === path || fault.startsWith(`${path}.`) || fault.startsWith(`${path}[`)

/** `key` null: nothing is kept. */
const createDraft = (key: string | null, initial: Values): Draft => {
  const values = signal<Values>({ ...initial, ...(key === null ? {} : restored(key)) })
  const faults = signal<Values>({})
  const keep = (next: Values): void => {
    values.value = next
    if (key !== null) writeStored('session', prefix + key, JSON.stringify(next))
  }
  return {
    get: (path) => values.value[path] ?? '',
    set(path, value) {
      keep({ ...values.peek(), [path]: value })
      faults.value = Object.fromEntries(Object.entries(faults.peek()).filter(([fault]) => !covers(path, fault)))
    },
    fill: (more) => keep({ ...values.peek(), ...more }),
    get values() {
      return values.value
    },
    faultOf: (path) => Object.entries(faults.value).find(([fault]) => covers(path, fault))?.[1] ?? null,
    faultsBeside: (paths) =>
      Object.entries(faults.value)
        .filter(([fault]) => !paths.some((path) => covers(path, fault)))
        .map(([path, message]) => (path === '' ? message : `${path}: ${message}`)),
    refuse(thrown) {
      faults.value = faultsIn(thrown)
      focusFirst()
    },
    show(thrown) {
      faults.value = thrown === null ? {} : faultsIn(thrown)
    },
    refuseFields(next) {
      faults.value = next
      focusFirst()
    },
    clear() {
      faults.value = {}
      values.value = initial
      if (key !== null) writeStored('session', prefix + key, null)
    },
  }
}

/** The same one as long as the component is shown. `key`: under which it is kept; null: it holds a secret, and nothing is kept. */
export const useDraft = (key: string | null, initial: Values): Draft => useState(() => createDraft(key, initial))[0]
