// An act that wants a reason, which is recorded with it.

import { request } from '../../api/client.ts'
import { useDraft } from '../../parts/draft.ts'
import { TextField } from '../../parts/field.tsx'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { text } from '../../text/text.ts'

export interface ReasonFormFacts {
  readonly title: string
  /** In the API. */
  readonly path: string
  readonly hint: string
  readonly action: string
  /** A field before the reason; empty is sent as null. */
  readonly more?: { readonly path: string; readonly label: string; readonly hint: string; readonly offered?: readonly string[] }
  readonly onDone: () => void
  readonly onClose: () => void
}

export const ReasonForm = ({ title, path, hint, action, more, onDone, onClose }: ReasonFormFacts) => {
  const draft = useDraft(`stations ${path}`, { reason: '' })
  const given = more === undefined ? {} : { [more.path]: draft.get(more.path).trim() === '' ? null : draft.get(more.path).trim() }
  const body = { ...given, reason: draft.get('reason').trim() }
  const send = async (): Promise<void> => {
    await request(path, { method: 'POST', body })
    draft.clear()
    onClose()
    onDone()
  }
  return (
    <FormDialog
      title={title}
      draft={draft}
      paths={['reason', ...(more === undefined ? [] : [more.path])]}
      action={action}
      onSubmit={send}
      onClose={onClose}
      curl={{ method: 'POST', path, body }}
    >
      {more === undefined ? null : <TextField draft={draft} autocomplete="off" {...more} />}
      <TextField draft={draft} path="reason" label={text('stations.reason')} hint={hint} autocomplete="off" required />
    </FormDialog>
  )
}
