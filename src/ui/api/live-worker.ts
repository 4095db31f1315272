// The shared worker: one stream of events for all tabs, since a browser opens only six connections to a server. Knows no view.

import { type LinkState, openPageStream, type PageStream, type StreamNotice, type Wants } from './page-stream.ts'

export type TabMessage =
  | { readonly kind: 'want'; readonly wants: Wants }
  | { readonly kind: 'restart' }
  | { readonly kind: 'ask' }
  | { readonly kind: 'leave' }

interface SharedScope {
  readonly name: string
  onconnect: (event: MessageEvent) => void
}

const scope = globalThis as unknown as SharedScope
const tabs = new Map<MessagePort, Wants>()
let stream: PageStream | undefined
let link: { readonly state: LinkState; readonly since: number } = { state: 'connecting', since: Date.now() }
/** The figures as they are now, for a tab that comes later. */
let figures: Record<string, unknown> | null = null

const remember = (notice: StreamNotice): void => {
  if (notice.kind === 'link' && notice.state === 'signed-out') figures = null
  if (notice.kind === 'link') link = { state: notice.state, since: notice.since }
  else if (notice.name === 'overview') figures = { ...figures, ...(JSON.parse(notice.data) as Record<string, unknown>) }
}

const send = (notice: StreamNotice): void => {
  remember(notice)
  for (const port of tabs.keys()) port.postMessage(notice)
}

const wanted = (): void => {
  const all = [...tabs.values()]
  stream?.want({
    among: [...new Set(all.flatMap(({ among }) => among))].sort(),
    messages: [...new Set(all.flatMap(({ messages }) => messages))].sort(),
  })
}

/** Without a tab there is no stream: another worker may serve the tabs in their new language. */
const leave = (port: MessagePort): void => {
  if (!tabs.delete(port)) return
  if (tabs.size === 0) stream?.close()
  else wanted()
}

const take = (port: MessagePort, message: TabMessage): void => {
  if (message.kind === 'restart') stream?.restart()
  else if (message.kind === 'ask') port.postMessage({ kind: 'link', ...link } satisfies StreamNotice)
  else if (message.kind === 'leave') leave(port)
  else {
    tabs.set(port, message.wants)
    wanted()
  }
}

scope.onconnect = ({ ports: [port] }) => {
  if (port === undefined) return
  tabs.set(port, { among: [], messages: [] })
  port.onmessage = ({ data }: MessageEvent<TabMessage>) => take(port, data)
  // A tab that crashes says nothing.
  port.addEventListener('close', () => leave(port))
  port.postMessage({ kind: 'link', ...link } satisfies StreamNotice)
  if (figures !== null) {
    port.postMessage({ kind: 'event', name: 'overview', data: JSON.stringify(figures), received: Date.now() } satisfies StreamNotice)
  }
  // The name is the language of the tabs.
  stream ??= openPageStream(scope.name, send)
}
