// A person, and what an admin can do: role, password, sessions, removal.

import { useState } from 'preact/hooks'
import { personRoles } from '../../../roles.ts'
import { request } from '../../api/client.ts'
import type { User } from '../../api/records.d.ts'
import { caller } from '../../api/session.ts'
import { Action } from '../../parts/action.tsx'
import { CopyCurl } from '../../parts/copy.tsx'
import { ask } from '../../parts/dialog.tsx'
import { useDraft } from '../../parts/draft.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { Opener } from '../../parts/opener.tsx'
import { attempt, notify } from '../../parts/toast.tsx'
import { When } from '../../parts/when.tsx'
import { number, text } from '../../text/text.ts'
import { PasswordForm } from './password-form.tsx'
import { RoleChoice } from './role-choice.tsx'

interface PersonFacts {
  readonly person: User
  readonly onChange: () => void
}

const pathOf = ({ name }: User): string => `/users/${encodeURIComponent(name)}`

const RoleForm = ({ person, onChange, onClose }: PersonFacts & { readonly onClose: () => void }) => {
  const draft = useDraft(null, { role: person.role })
  const body = { role: draft.get('role') }
  const set = async (): Promise<void> => {
    await request(pathOf(person), { method: 'PATCH', body })
    onClose()
    onChange()
    notify(text('settings.people.roleSet', { name: person.name }))
  }
  return (
    <FormDialog
      title={text('settings.people.roleTitle', { name: person.name })}
      draft={draft}
      paths={['role']}
      action={text('settings.people.roleAct')}
      curl={{ method: 'PATCH', path: pathOf(person), body }}
      onSubmit={set}
      onClose={onClose}
    >
      <RoleChoice draft={draft} roles={personRoles} />
    </FormDialog>
  )
}

const endSessions = async ({ person, onChange }: PersonFacts): Promise<void> => {
  const { name, sessions } = person
  const path = `${pathOf(person)}/sessions`
  const isSure = await ask({
    title: text('settings.people.endTitle', { name }),
    body: (
      <>
        <p>{text('settings.people.endBody', { n: sessions })}</p>
        <p>
          <CopyCurl needs="admin" method="DELETE" path={path} />
        </p>
      </>
    ),
    action: text('settings.people.endAct'),
  })
  if (isSure && (await attempt(() => request(path, { method: 'DELETE' }), text('settings.people.ended', { name })))) onChange()
}

const remove = async ({ person, onChange }: PersonFacts): Promise<void> => {
  const { name, sessions } = person
  const path = pathOf(person)
  const isSure = await ask({
    title: text('settings.people.removeTitle', { name }),
    body: (
      <>
        <p>{text('settings.people.removeBody', { n: sessions })}</p>
        <p>
          <CopyCurl needs="admin" method="DELETE" path={path} />
        </p>
      </>
    ),
    action: text('settings.people.removeAct', { name }),
  })
  if (isSure && (await attempt(() => request(path, { method: 'DELETE' }), text('settings.people.removed', { name })))) onChange()
}

export const PersonRow = ({ person, onChange }: PersonFacts) => {
  const [open, setOpen] = useState<'role' | 'password' | null>(null)
  const close = (): void => setOpen(null)
  const isSelf = caller.value?.kind === 'person' && caller.value.name === person.name
  return (
    <tr>
      <th scope="row">
        <bdi>{person.name}</bdi>
      </th>
      <td>{text(`role.${person.role}`)}</td>
      <td data-name={text('settings.column.lastUse')}>
        <When at={person.usedAt} none={text('settings.never')} />
      </td>
      <td class="number" data-name={text('settings.column.sessions')}>
        {number(person.sessions)}
      </td>
      <td data-name={text('settings.column.createdBy')}>
        <bdi>{person.createdBy}</bdi>
      </td>
      <td class="acts">
        <div class="row">
          <Opener needs="admin" kind="plain" onOpen={() => setOpen('role')}>
            {text('settings.people.role')}
          </Opener>
          <Opener needs="admin" kind="plain" onOpen={() => setOpen('password')}>
            {text('settings.people.password')}
          </Opener>
          <Action needs="admin" kind="plain" onAct={() => endSessions({ person, onChange })}>
            {text('settings.people.end')}
          </Action>
          <Action needs="admin" kind="plain" onAct={() => remove({ person, onChange })}>
            {text('settings.remove')}
          </Action>
        </div>
        {open === 'role' ? <RoleForm person={person} onChange={onChange} onClose={close} /> : null}
        {open === 'password' ? <PasswordForm name={person.name} isOwn={isSelf} onClose={close} /> : null}
      </td>
    </tr>
  )
}
