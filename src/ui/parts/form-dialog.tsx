// A form in a dialog. Faults are shown beside their fields; what was typed is kept until the form is submitted.

import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { isLost } from '../api/live.ts'
import { text } from '../text/text.ts'
import { CopyButton, CopyCurl } from './copy.tsx'
import type { CurlCommand } from './curl-text.ts'
import { Dialog } from './dialog.tsx'
import type { Draft } from './draft.ts'
import { FormFaults } from './field.tsx'
import './form-dialog.css'

export interface FormDialogFacts {
  readonly title: string
  readonly draft: Draft
  /** The fields that show their own faults. */
  readonly paths: readonly string[]
  /** The verb on the button. */
  readonly action: string
  /** Throws a Refusal. */
  readonly onSubmit: () => Promise<unknown>
  readonly onClose: () => void
  readonly children: ComponentChildren
  /** The same as a command. */
  readonly curl?: CurlCommand
  /** The same for a terminal, where a secret must not be in a command. */
  readonly command?: string
}

export const FormDialog = (facts: FormDialogFacts) => {
  const { title, draft, paths, action, onSubmit, onClose, children, curl, command } = facts
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    try {
      await onSubmit()
    } catch (thrown) {
      draft.refuse(thrown)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        {children}
        <FormFaults draft={draft} paths={paths} />
        <div class="row end">
          {curl === undefined ? null : <CopyCurl needs="admin" {...curl} />}
          {command === undefined ? null : <CopyButton value={command} label={text('action.copyCommand')} />}
          <button type="button" onClick={onClose}>
            {text('action.keep')}
          </button>
          <button
            type="submit"
            class="main"
            disabled={isBusy || isLost.value}
            aria-busy={isBusy}
            title={isLost.value ? text('action.serverLost') : undefined}
          >
            {action}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
