// Tokens of programs and stations, and that of the data directory. For admins.

import { request } from '../../api/client.ts'
import { useFetched } from '../../api/fetched.ts'
import type { ApiToken, Token } from '../../api/records.d.ts'
import { caller, may } from '../../api/session.ts'
import { Action } from '../../parts/action.tsx'
import { CopyCurl } from '../../parts/copy.tsx'
import { ask } from '../../parts/dialog.tsx'
import { Refused } from '../../parts/refused.tsx'
import { attempt, notify } from '../../parts/toast.tsx'
import { When } from '../../parts/when.tsx'
import { text } from '../../text/text.ts'
import { NewToken } from './new-token.tsx'
import { forbidden, Section, useAgain } from './section.tsx'

const remove = async ({ name }: ApiToken, onChange: () => void): Promise<void> => {
  const path = `/tokens/${encodeURIComponent(name)}`
  const isSure = await ask({
    title: text('settings.tokens.removeTitle', { name }),
    body: (
      <>
        <p>{text('settings.tokens.removeBody')}</p>
        <p>
          <CopyCurl needs="admin" method="DELETE" path={path} />
        </p>
      </>
    ),
    action: text('settings.tokens.removeAct', { name }),
  })
  if (isSure && (await attempt(() => request(path, { method: 'DELETE' }), text('settings.tokens.removed', { name })))) onChange()
}

const rotate = async (): Promise<void> => {
  const isSure = await ask({
    title: text('settings.tokens.rotateTitle'),
    body: (
      <>
        <p>{text('settings.tokens.rotateBody')}</p>
        {caller.peek()?.kind === 'file' ? <p>{text('settings.tokens.rotateSelf')}</p> : null}
        <p>
          <CopyCurl needs="admin" method="POST" path="/token/rotate" />
        </p>
      </>
    ),
    action: text('settings.tokens.rotateAct'),
  })
  if (!isSure) return
  await attempt(async () => {
    const { body } = await request<Token>('/token/rotate', { method: 'POST' })
    notify(text('settings.tokens.rotated', { file: body.file }))
  })
}

const Row = ({ token, onChange }: { readonly token: ApiToken; readonly onChange: () => void }) => (
  <tr>
    <th scope="row">
      <bdi>{token.name}</bdi>
    </th>
    <td title={text(`settings.may.${token.role}`)}>
      {text(`role.${token.role}`)}
      {token.station === null ? null : <span class="dim"> {token.station}</span>}
    </td>
    <td data-name={text('settings.column.lastUse')}>
      <When at={token.usedAt} none={text('settings.never')} />
    </td>
    <td data-name={text('settings.column.usedFrom')}>{token.usedFrom ?? '–'}</td>
    <td data-name={text('settings.column.createdBy')}>
      <bdi>{token.createdBy}</bdi>
    </td>
    <td class="acts">
      <Action needs="admin" kind="plain" onAct={() => remove(token, onChange)}>
        {text('settings.remove')}
      </Action>
    </td>
  </tr>
)

const columns = ['name', 'role', 'lastUse', 'usedFrom', 'createdBy', 'acts'] as const

const Table = ({ tokens, onChange }: { readonly tokens: readonly ApiToken[]; readonly onChange: () => void }) => (
  <table class="stacks">
    <thead>
      <tr>
        {columns.map((column) => (
          <th key={column} scope="col">
            {column === 'acts' ? <span class="unseen">{text('settings.column.acts')}</span> : text(`settings.column.${column}`)}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {tokens.map((token) => (
        <Row key={token.name} token={token} onChange={onChange} />
      ))}
    </tbody>
  </table>
)

const All = () => {
  const { data, problem, reload } = useFetched<{ readonly items: readonly ApiToken[] }>('/tokens')
  useAgain(reload, 30)
  return (
    <>
      {problem === null ? null : <Refused problem={problem} onRetry={reload} />}
      {data === null ? null : data.items.length === 0 ? (
        <p class="dim">{text('settings.tokens.none')}</p>
      ) : (
        <Table tokens={data.items} onChange={reload} />
      )}
      <div class="row">
        <NewToken onChange={reload} />
        <Action needs="admin" onAct={rotate}>
          {text('settings.tokens.rotate')}
        </Action>
      </div>
    </>
  )
}

export const Tokens = () => <Section name="tokens">{may('admin') ? <All /> : forbidden()}</Section>
