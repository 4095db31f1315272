// Making a token, which is shown once: neither the page nor the server keeps it.

import { useState } from 'preact/hooks'
import { roles } from '../../../roles.ts'
import { request } from '../../api/client.ts'
import type { NewApiToken } from '../../api/records.d.ts'
import { useDraft } from '../../parts/draft.ts'
import { TextField } from '../../parts/field.tsx'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { Opener } from '../../parts/opener.tsx'
import { text } from '../../text/text.ts'
import { RoleChoice } from './role-choice.tsx'
import { ShownOnce } from './shown-once.tsx'

const Form = ({ onMade, onClose }: { readonly onMade: (made: NewApiToken) => void; readonly onClose: () => void }) => {
  const draft = useDraft('settings.token', { name: '', role: 'viewer', station: '' })
  const isStation = draft.get('role') === 'station'
  const body = {
    name: draft.get('name').trim(),
    role: draft.get('role'),
    ...(isStation ? { station: draft.get('station').trim() } : {}),
  }
  const make = async (): Promise<void> => {
    const made = await request<NewApiToken>('/tokens', { method: 'POST', body })
    draft.clear()
    onMade(made.body)
  }
  return (
    <FormDialog
      title={text('settings.tokens.addTitle')}
      draft={draft}
      paths={isStation ? ['name', 'role', 'station'] : ['name', 'role']}
      action={text('settings.tokens.addAct')}
      curl={{ method: 'POST', path: '/tokens', body }}
      onSubmit={make}
      onClose={onClose}
    >
      <TextField
        draft={draft}
        path="name"
        label={text('settings.field.name')}
        hint={text('settings.tokens.nameHint')}
        autocomplete="off"
        required
      />
      <RoleChoice draft={draft} roles={roles} />
      {isStation ? <TextField draft={draft} path="station" label={text('settings.field.station')} autocomplete="off" required /> : null}
    </FormDialog>
  )
}

export const NewToken = ({ onChange }: { readonly onChange: () => void }) => {
  const [isOpen, setOpen] = useState(false)
  const [made, setMade] = useState<NewApiToken | null>(null)
  const show = (token: NewApiToken): void => {
    setOpen(false)
    setMade(token)
    onChange()
  }
  return (
    <>
      <Opener needs="admin" onOpen={() => setOpen(true)}>
        {text('settings.tokens.add')}
      </Opener>
      {isOpen ? <Form onMade={show} onClose={() => setOpen(false)} /> : null}
      {made === null ? null : (
        <ShownOnce
          title={text('settings.tokens.madeTitle', { name: made.name })}
          secret={made.token}
          hint={text(`settings.may.${made.role}`)}
          onClose={() => setMade(null)}
        />
      )}
    </>
  )
}
