// The page around its views: who may see it, the bar above, what the keyboard does, and what is shown when the server is lost.

import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { clockAhead, isLost, link } from '../api/live.ts'
import { caller, isUnanswered } from '../api/session.ts'
import { announce, LiveRegion } from '../parts/announce.tsx'
import { Questions } from '../parts/dialog.tsx'
import { FileDrop } from '../parts/file-drop.tsx'
import { later } from '../parts/later.tsx'
import { Toasts } from '../parts/toast.tsx'
import { dateTime, duration, text } from '../text/text.ts'
import { Bar } from './bar.tsx'
import { CurrentView } from './current-view.tsx'
import { KeysHelp, useKeys } from './keys.tsx'
import './shell.css'

const SignIn = later(() => import('./sign-in.tsx').then((part) => part.SignIn))

const Banner = ({ children }: { readonly children: ComponentChildren }) => (
  <div class="banner" role="status">
    {children}
  </div>
)

/** Differences below this are those of the network. */
const clockMs = 30_000

const Banners = () => {
  const lost = isLost.value
  useEffect(() => {
    if (lost) announce(text('lost.title'))
  }, [lost])
  const ahead = clockAhead.value
  return (
    <>
      {lost ? (
        <Banner>
          <strong>{text('lost.title')}</strong> {text('lost.since', { time: dateTime(link.value.since) })}
        </Banner>
      ) : null}
      {Math.abs(ahead) > clockMs ? (
        <Banner>{text(ahead > 0 ? 'clock.ahead' : 'clock.behind', { time: duration(Math.abs(ahead) / 1000) })}</Banner>
      ) : null}
    </>
  )
}

const Shell = () => {
  useKeys()
  return (
    <div class={isLost.value ? 'shell lost' : 'shell'}>
      <div>
        <a class="skip unseen" href="#main">
          {text('nav.skip')}
        </a>
        <Bar />
        <Banners />
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

/** Until it is known who is signed in. */
const Unknown = () => (isUnanswered.value ? <Banner>{text('lost.title')}</Banner> : null)

export const App = () => (
  <>
    {caller.value === undefined ? <Unknown /> : caller.value === null ? <SignIn /> : <Shell key={caller.value.name} />}
    <Toasts />
    <LiveRegion />
  </>
)
