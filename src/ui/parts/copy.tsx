// Copying. A page by plain HTTP has no clipboard API: the older way works everywhere.

import { useEffect, useState } from 'preact/hooks'
import type { PersonRole } from '../../roles.ts'
import { may } from '../api/session.ts'
import { text } from '../text/text.ts'
import { announce } from './announce.ts'
import { type CurlCommand, curlText } from './curl-text.ts'

const copyOld = (value: string): boolean => {
  const area = document.createElement('textarea')
  area.value = value
  area.className = 'unseen'
  // Within a modal dialog nothing outside of it can be selected.
  const place = document.querySelector('dialog[open]') ?? document.body
  const before = document.activeElement
  place.append(area)
  area.select()
  const isCopied = document.execCommand('copy')
  area.remove()
  if (before instanceof HTMLElement) before.focus()
  return isCopied
}

export const copy = (value: string): Promise<boolean> => {
  if (navigator.clipboard === undefined) return Promise.resolve(copyOld(value))
  return navigator.clipboard.writeText(value).then(
    () => true,
    () => copyOld(value),
  )
}

export interface CopyFacts {
  readonly value: string
  /** What the button says; by default "Copy". */
  readonly label?: string
}

export const CopyButton = ({ value, label = text('action.copy') }: CopyFacts) => {
  const [isDone, setDone] = useState(false)
  useEffect(() => {
    if (!isDone) return
    const timer = setTimeout(() => setDone(false), 2000)
    return () => clearTimeout(timer)
  }, [isDone])
  const act = async (): Promise<void> => {
    const isCopied = await copy(value)
    setDone(isCopied)
    if (isCopied) announce(text('action.copied'))
  }
  return (
    <button type="button" class="plain" onClick={() => void act()} title={value}>
      {isDone ? text('action.copied') : label}
    </button>
  )
}

export interface CopyCurlFacts extends CurlCommand {
  /** The role that the command needs at least: it is not offered to others. */
  readonly needs: PersonRole
  /** What the command does, where there is more than one. */
  readonly what?: string
}

/** Copy as curl. */
export const CopyCurl = ({ needs, what, ...command }: CopyCurlFacts) =>
  may(needs) ? (
    <CopyButton
      value={curlText(command, location.origin)}
      label={what === undefined ? text('action.curl') : text('action.curlOf', { what: what.replace(/…$/, '') })}
    />
  ) : null
