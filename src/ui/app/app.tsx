// The page around its views: who may see it, the bar above, what the keyboard does, and what is shown when the server is lost.

import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { clockAhead, isLost, link } from '../api/live.ts'
import { caller } from '../api/session.ts'
import { announce, LiveRegion } from '../parts/announce.tsx'
import { Questions } from '../parts/dialog.tsx'
import { FileDrop } from '../parts/file-drop.tsx'
import { Toasts } from '../parts/toast.tsx'
import { place, titleOf, visits } from '../router.ts'
import { dateTime, duration, loadTexts, text } from '../text/text.ts'
import { Bar } from './bar.tsx'
import { KeysHelp, useKeys } from './keys.tsx'
import { SignIn } from './sign-in.tsx'
import './shell.css'
import { type View, type ViewEntry, views } from './views.ts'

interface Shown {
  readonly View: View
  readonly params: readonly string[]
}

const found = (path: string): { readonly entry: ViewEntry; readonly params: readonly string[] } | null => {
  for (const entry of views) {
    const match = entry.pattern.exec(path)
    if (match !== null) return { entry, params: match.slice(1).map(decoded) }
  }
  return null
}

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** With the texts that it needs. */
const loadedView = ({ load, texts }: ViewEntry): View | Promise<View> =>
  texts === undefined ? load() : Promise.all([load(), loadTexts(texts)]).then(([view]) => view)

const NoView = () => (
  <div class="view">
    <h1 tabIndex={-1}>{text('noView.title')}</h1>
    <p>{text('noView.body', { path: place.value.path })}</p>
    <p>
      <a href="/">{text('nav.overview')}</a>
    </p>
  </div>
)

/** The heading, or what it has as data-title, is the title of the document. It takes the focus when the view was chosen. */
const useHeading = (shown: unknown): void => {
  const visit = visits.value
  useEffect(() => {
    const heading = document.querySelector<HTMLElement>('main h1')
    if (heading === null) return
    document.title = titleOf(heading.dataset['title'] ?? heading.textContent)
    if (visit > 0) heading.focus({ preventScroll: true })
  }, [shown, visit])
}

const CurrentView = () => {
  const { path } = place.value
  const [shown, setShown] = useState<Shown | null>(null)
  useEffect(() => {
    let isCurrent = true
    const match = found(path)
    const view: View | Promise<View> = match === null ? NoView : loadedView(match.entry)
    const show = (View: View): void => {
      if (isCurrent) setShown({ View, params: match?.params ?? [] })
    }
    if (view instanceof Promise) view.then(show, () => location.reload())
    else show(view)
    return () => {
      isCurrent = false
    }
  }, [path])
  useHeading(shown)
  return shown === null ? null : <shown.View key={shown.params.join('/')} params={shown.params} />
}

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
    </div>
  )
}

export const App = () => (
  <>
    {caller.value === undefined ? null : caller.value === null ? <SignIn /> : <Shell />}
    <Questions />
    <KeysHelp />
    <Toasts />
    <LiveRegion />
  </>
)
