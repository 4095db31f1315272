// Signing in: by the link of `fogbell login`, by name and password, or by a token.

import { useEffect } from 'preact/hooks'
import { linkProblem, type Proof, signIn } from '../api/session.ts'
import { CopyButton } from '../parts/copy.tsx'
import { useDraft } from '../parts/draft.ts'
import { FormFaults, TextField } from '../parts/field.tsx'
import { Mark } from '../parts/mark.tsx'
import { text } from '../text/text.ts'
import { LanguageChoice } from './bar.tsx'
import './sign-in.css'

const command = 'fogbell login'

const submit = async (event: Event, draft: ReturnType<typeof useDraft>, proof: () => Proof): Promise<void> => {
  event.preventDefault()
  try {
    await signIn(proof())
  } catch (thrown) {
    draft.refuse(thrown)
  }
}

const ByPassword = () => {
  const draft = useDraft(null, { name: '', password: '' })
  const proof = (): Proof => ({ name: draft.get('name').trim(), password: draft.get('password') })
  return (
    <form class="sheet" onSubmit={(event) => void submit(event, draft, proof)}>
      <h2>{text('signIn.person')}</h2>
      <TextField draft={draft} path="name" label={text('signIn.name')} autocomplete="username" required />
      <TextField draft={draft} path="password" label={text('signIn.password')} type="password" autocomplete="current-password" required />
      <FormFaults draft={draft} paths={['name', 'password']} />
      <button type="submit" class="main">
        {text('signIn.act')}
      </button>
    </form>
  )
}

const ByToken = () => {
  const draft = useDraft(null, { token: '' })
  return (
    <details class="sheet">
      <summary>{text('signIn.token')}</summary>
      <form onSubmit={(event) => void submit(event, draft, () => ({ token: draft.get('token').trim() }))}>
        <TextField
          draft={draft}
          path="token"
          label={text('signIn.tokenLabel')}
          hint={text('signIn.tokenHint')}
          type="password"
          autocomplete="off"
          required
        />
        <FormFaults draft={draft} paths={['token']} />
        <button type="submit">{text('signIn.act')}</button>
      </form>
    </details>
  )
}

export const SignIn = () => {
  useEffect(() => {
    document.title = `${text('signIn.title')} · Fogbell`
  })
  return (
    <div class="sign-in">
      <main>
        <h1>{text('signIn.title')}</h1>
        {linkProblem.value === null ? null : (
          <div role="alert">
            <Mark kind="bad">{text('signIn.linkOver')}</Mark>
          </div>
        )}
        <section class="sheet stack">
          <h2>{text('signIn.link')}</h2>
          <p>{text('signIn.linkHint')}</p>
          <p class="row">
            <code>{command}</code> <CopyButton value={command} />
          </p>
        </section>
        <ByPassword />
        <ByToken />
        <LanguageChoice />
      </main>
    </div>
  )
}
