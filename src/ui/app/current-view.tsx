// The view at the current address, loaded when it is first shown, and the message that is shown if it cannot be loaded or fails.

import { useEffect, useErrorBoundary, useState } from 'preact/hooks'
import { request } from '../api/client.ts'
import { attempt } from '../parts/toast.tsx'
import { place, titleOf, visits } from '../router.ts'
import { readStored, writeStored } from '../text/stored.ts'
import { loadTexts, text } from '../text/text.ts'
import { type View, type ViewEntry, views } from './views.ts'

interface Shown {
  readonly path: string
  readonly View: View
  readonly params: readonly string[]
}

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

const found = (path: string): { readonly entry: ViewEntry; readonly params: readonly string[] } | null => {
  for (const entry of views) {
    const match = entry.pattern.exec(path)
    if (match !== null) return { entry, params: match.slice(1).map(decoded) }
  }
  return null
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

const Failed = ({ title, body, onRetry }: { readonly title: string; readonly body: string; readonly onRetry: () => void }) => (
  <div class="view" role="alert">
    <h1 tabIndex={-1}>{title}</h1>
    <p>{body}</p>
    <p>
      <button type="button" onClick={onRetry}>
        {text('action.retry')}
      </button>
    </p>
  </div>
)

const stored = 'fogbell.reloaded'
/** By itself the page is loaded again once in so long, milliseconds: what fails each time would else never end. */
const reloadMs = 60_000
/** Until the server is asked again whether it is there. */
const askMs = 2000

/** Only while the server answers: else the browser would leave the page for its own one. Throws where it does not. */
const reload = async (): Promise<void> => {
  await request('/whoami')
  location.reload()
}

const mayReload = (): boolean => {
  const last = Number(readStored('session', stored) ?? 0)
  return Math.abs(Date.now() - last) > reloadMs && writeStored('session', stored, String(Date.now()))
}

/** Another version of the server has other files: the page is loaded again as soon as the server answers. */
const NotLoaded = () => {
  useEffect(() => {
    if (!mayReload()) return
    let timer: ReturnType<typeof setTimeout>
    const ask = (): void =>
      void reload().catch(() => {
        timer = setTimeout(ask, askMs)
      })
    ask()
    return () => clearTimeout(timer)
  }, [])
  return <Failed title={text('noView.notLoaded')} body={text('noView.notLoadedBody')} onRetry={() => void attempt(reload)} />
}

/** What a view throws stays within it. */
const Guarded = ({ View, params }: Shown) => {
  const [thrown, again] = useErrorBoundary((cause: unknown) => reportError(cause))
  const body = thrown === undefined ? '' : text('noView.failedBody', { reason: String(thrown) })
  return thrown === undefined ? <View params={params} /> : <Failed title={text('noView.failed')} body={body} onRetry={again} />
}

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

export const CurrentView = () => {
  const { path } = place.value
  const [shown, setShown] = useState<Shown | null>(null)
  useEffect(() => {
    let isCurrent = true
    const match = found(path)
    const view: View | Promise<View> = match === null ? NoView : loadedView(match.entry)
    const show = (View: View): void => {
      if (isCurrent) setShown({ path, View, params: match?.params ?? [] })
    }
    if (view instanceof Promise) view.then(show, () => show(NotLoaded))
    else show(view)
    return () => {
      isCurrent = false
    }
  }, [path])
  useHeading(shown)
  return shown === null ? null : <Guarded key={shown.path} {...shown} />
}
