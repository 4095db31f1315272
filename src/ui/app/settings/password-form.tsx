// A new password: of oneself with the current one, of others by an admin. All sessions of that person end.

import { request } from '../../api/client.ts'
import { shellWord } from '../../parts/curl-text.ts'
import { useDraft } from '../../parts/draft.ts'
import { TextField } from '../../parts/field.tsx'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { notify } from '../../parts/toast.tsx'
import { text } from '../../text/text.ts'

export interface PasswordFormFacts {
  readonly name: string
  readonly isOwn: boolean
  readonly onClose: () => void
}

export const PasswordForm = ({ name, isOwn, onClose }: PasswordFormFacts) => {
  const draft = useDraft(null, { current: '', password: '' })
  const set = async (): Promise<void> => {
    const body = { password: draft.get('password'), ...(isOwn ? { current: draft.get('current') } : {}) }
    await request(`/users/${encodeURIComponent(name)}/password`, { method: 'PUT', body })
    onClose()
    notify(text('settings.people.passwordSet', { name }))
  }
  return (
    <FormDialog
      title={text('settings.people.passwordTitle', { name })}
      draft={draft}
      paths={isOwn ? ['current', 'password'] : ['password']}
      action={text('settings.people.passwordAct')}
      command={`fogbell user passwd ${shellWord(name)}`}
      onSubmit={set}
      onClose={onClose}
    >
      <p>{text('settings.people.passwordBody')}</p>
      {isOwn ? (
        <TextField
          draft={draft}
          path="current"
          label={text('settings.field.current')}
          type="password"
          autocomplete="current-password"
          required
        />
      ) : null}
      <TextField
        draft={draft}
        path="password"
        label={text('settings.field.newPassword')}
        hint={text('settings.field.passwordHint')}
        type="password"
        autocomplete="new-password"
        required
      />
    </FormDialog>
  )
}
