// Adding a person. The password is not kept over a reload of the page, and not put into a command.

import { useState } from 'preact/hooks'
import { personRoles } from '../../../roles.ts'
import { request } from '../../api/client.ts'
import { shellWord } from '../../parts/curl-text.ts'
import { useDraft } from '../../parts/draft.ts'
import { TextField } from '../../parts/field.tsx'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { Opener } from '../../parts/opener.tsx'
import { notify } from '../../parts/toast.tsx'
import { text } from '../../text/text.ts'
import { RoleChoice } from './role-choice.tsx'

export const NewPerson = ({ onChange }: { readonly onChange: () => void }) => {
  const draft = useDraft(null, { name: '', role: 'viewer', password: '' })
  const [isOpen, setOpen] = useState(false)
  const [name, role] = [draft.get('name').trim(), draft.get('role')]
  const add = async (): Promise<void> => {
    await request('/users', { method: 'POST', body: { name, role, password: draft.get('password') } })
    setOpen(false)
    draft.clear()
    onChange()
    notify(text('settings.people.added', { name }))
  }
  return (
    <div>
      <Opener needs="admin" onOpen={() => setOpen(true)}>
        {text('settings.people.add')}
      </Opener>
      {isOpen ? (
        <FormDialog
          title={text('settings.people.addTitle')}
          draft={draft}
          paths={['name', 'role', 'password']}
          action={text('settings.people.addAct')}
          command={`fogbell user add ${shellWord(name === '' ? 'NAME' : name)} --role ${role}`}
          onSubmit={add}
          onClose={() => setOpen(false)}
        >
          <TextField draft={draft} path="name" label={text('settings.field.name')} autocomplete="off" required />
          <RoleChoice draft={draft} roles={personRoles} />
          <TextField
            draft={draft}
            path="password"
            label={text('settings.field.password')}
            hint={text('settings.field.passwordHint')}
            type="password"
            autocomplete="new-password"
            required
          />
        </FormDialog>
      ) : null}
    </div>
  )
}
