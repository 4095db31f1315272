// The page around its views: who may see it, the bar above, what the keyboard does, and the notices below.

import { isLost } from '../api/live.ts'
import { caller } from '../api/session.ts'
import { Questions } from '../parts/dialog.tsx'
import { FileDrop } from '../parts/file-drop.tsx'
import { later } from '../parts/later.tsx'
import { text } from '../text/text.ts'
import { Bar } from './bar.tsx'
import { CurrentView } from './current-view.tsx'
import { KeysHelp, useKeys } from './keys.tsx'
import { Notices } from './notices.tsx'
import './shell.css'

const SignIn = later(() => import('./sign-in.tsx').then((part) => part.SignIn))

const Shell = () => {
  useKeys()
  return (
    <div class={isLost.value ? 'shell lost' : 'shell'}>
      <div>
        <a class="skip unseen" href="#main">
          {text('nav.skip')}
        </a>
        <Bar />
      </div>
      <main id="main" tabIndex={-1}>
        <CurrentView />
      </main>
      <FileDrop />
      <Questions />
      <KeysHelp />
    </div>
  )
}

export const App = () => (
  <>
    {caller.value === undefined ? null : caller.value === null ? <SignIn /> : <Shell key={caller.value.name} />}
    <Notices />
  </>
)
