// People who may sign in by name and password: for admins; and for everybody the own password.

import { useState } from 'preact/hooks'
import { useFetched } from '../../api/fetched.ts'
import type { User } from '../../api/records.d.ts'
import { caller, may } from '../../api/session.ts'
import { Opener } from '../../parts/opener.tsx'
import { Refused } from '../../parts/refused.tsx'
import { text } from '../../text/text.ts'
import { NewPerson } from './new-person.tsx'
import { PasswordForm } from './password-form.tsx'
import { PersonRow } from './person-row.tsx'
import { forbidden, Section, useAgain } from './section.tsx'

const columns = ['name', 'role', 'lastUse', 'sessions', 'createdBy', 'acts'] as const

const Table = ({ people, onChange }: { readonly people: readonly User[]; readonly onChange: () => void }) => (
  <table class="stacks">
    <thead>
      <tr>
        {columns.map((column) => (
          <th key={column} scope="col" class={column === 'sessions' ? 'number' : ''}>
            {column === 'acts' ? <span class="unseen">{text('settings.column.acts')}</span> : text(`settings.column.${column}`)}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {people.map((person) => (
        <PersonRow key={person.name} person={person} onChange={onChange} />
      ))}
    </tbody>
  </table>
)

const All = () => {
  const { data, problem, reload } = useFetched<{ readonly items: readonly User[] }>('/users')
  useAgain(reload, 30)
  return (
    <>
      {problem === null ? null : <Refused problem={problem} onRetry={reload} />}
      {data === null ? null : data.items.length === 0 ? (
        <p class="dim">{text('settings.people.none')}</p>
      ) : (
        <Table people={data.items} onChange={reload} />
      )}
      <NewPerson onChange={reload} />
    </>
  )
}

const OwnPassword = () => {
  const [isOpen, setOpen] = useState(false)
  const who = caller.value
  if (who?.kind !== 'person') return <p class="dim">{text('settings.people.notPerson', { name: who?.name ?? '' })}</p>
  return (
    <div>
      <Opener needs="viewer" onOpen={() => setOpen(true)}>
        {text('settings.people.ownPassword')}
      </Opener>
      {isOpen ? <PasswordForm name={who.name} isOwn onClose={() => setOpen(false)} /> : null}
    </div>
  )
}

export const People = () => (
  <Section name="people">
    {may('admin') ? <All /> : forbidden()}
    <OwnPassword />
  </Section>
)
