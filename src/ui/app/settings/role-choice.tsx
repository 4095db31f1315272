// A choice of a role, with what it may.

import type { Role } from '../../../roles.ts'
import type { Draft } from '../../parts/draft.ts'
import { ChoiceField } from '../../parts/field.tsx'
import { text } from '../../text/text.ts'

export const RoleChoice = ({ draft, roles }: { readonly draft: Draft; readonly roles: readonly Role[] }) => {
  const chosen = roles.find((role) => role === draft.get('role')) ?? 'viewer'
  return (
    <ChoiceField
      draft={draft}
      path="role"
      label={text('settings.field.role')}
      hint={text(`settings.may.${chosen}`)}
      choices={roles.map((role) => ({ value: role, label: text(`role.${role}`) }))}
    />
  )
}
