// Signing in: by the link of `fogbell login`, by name and password, or by a token.

import { useEffect } from 'preact/hooks'
import { isRefusal } from '../api/client.ts'
import { linkProblem, type Proof, signIn } from '../api/session.ts'
import { announce } from '../parts/announce.ts'
import { CopyButton } from '../parts/copy.tsx'
import { type Draft, useDraft } from '../parts/draft.ts'
import { FormFaults, TextField } from '../parts/field.tsx'
import { Mark } from '../parts/mark.tsx'
import { text } from '../text/text.ts'
import { LanguageChoice } from './language-choice.tsx'
import './sign-in.css'

const command = 'fogbell login'

interface FormFacts {
  readonly draft: Draft
  /** What is wrong with another way of signing in is not shown any more. */
  readonly onSubmit: () => void
}

/** What the server says of every proof at once is said at the field that takes the secret, which has the focus then. */
const submit = async (event: Event, { draft, onSubmit }: FormFacts, proof: Proof, field: 'password' | 'token'): Promise<void> => {
  event.preventDefault()
  onSubmit()
  try {
    await signIn(proof)
  } catch (thrown) {
    if (!isRefusal(thrown) || thrown.problem?.code !== 'OTA_UNAUTHORIZED') return draft.refuse(thrown)
    const fault = text(field === 'password' ? 'signIn.badPassword' : 'signIn.badToken')
    draft.refuseFields({ [field]: fault })
    announce(fault)
  }
}

const ByPassword = (facts: FormFacts) => {
  const { draft } = facts
  const proof = (): Proof => ({ name: draft.get('name').trim(), password: draft.get('password') })
  return (
    <form class="sheet" onSubmit={(event) => void submit(event, facts, proof(), 'password')}>
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

const ByToken = (facts: FormFacts) => {
  const { draft } = facts
  return (
    <details class="sheet">
      <summary>{text('signIn.token')}</summary>
      <form onSubmit={(event) => void submit(event, facts, { token: draft.get('token').trim() }, 'token')}>
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
  const person = useDraft(null, { name: '', password: '' })
  const token = useDraft(null, { token: '' })
  const forget = (other: Draft): void => {
    other.show(null)
    linkProblem.value = null
  }
  useEffect(() => {
    document.title = `${text('signIn.title')} · Fogbell`
  })
  return (
    <div class="sign-in">
      <main>
        <header>
          <p class="product">Fogbell</p>
          <h1>{text('signIn.title')}</h1>
        </header>
        {linkProblem.value === null ? null : (
          <div role="alert">
            <Mark kind="bad">{text('signIn.linkOver')}</Mark>
          </div>
        )}
        <ByPassword draft={person} onSubmit={() => forget(token)} />
        <section class="sheet stack">
          <h2>{text('signIn.link')}</h2>
          <p>{text('signIn.linkHint')}</p>
          <p class="row">
            <code>{command}</code> <CopyButton value={command} />
          </p>
          <p class="small dim">{text('command.clone')}</p>
        </section>
        <ByToken draft={token} onSubmit={() => forget(person)} />
        <LanguageChoice />
      </main>
    </div>
  )
}
