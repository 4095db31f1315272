// The one stream of a browser with all its tabs: the figures of the overview, and what its pages show, over one response. Knows no filter of
// other streams.

import type { ServerResponse } from 'node:http'
import type { Language } from '../sentences/sentence.ts'
import type { ApiContext } from './api.ts'
import { eventFrame, openEventStream } from './event-stream.ts'
import { isoTime } from './iso-time.ts'
import type { PageWishes } from './page-feed.ts'

const pingMs = 1000

/** `after`: the last id that the client has seen; undefined: it asks for nothing of the past. */
export const openPage = (
  response: ServerResponse,
  context: ApiContext,
  wishes: PageWishes,
  language: Language,
  after: number | undefined,
): void => {
  const stream = openEventStream(response, context, language, after, {
    drained: () => watching.refresh(),
    closed() {
      clearInterval(pinging)
      watching.close()
      page.close()
    },
  })
  // A page says within three seconds that the server is lost, also where nothing happens, and that its clock is another one. Without an id: it
  // changes nothing that is resumed from.
  const ping = (): void => {
    if (stream.takes()) stream.write(`event: time\ndata: ${JSON.stringify({ at: isoTime(context.now()) })}\n\n`)
  }
  const pinging = setInterval(ping, pingMs)
  const page = context.pages.open({ language, takes: stream.takes, send: (text) => void stream.write(text) }, wishes, after)
  ping()
  const watching = context.feed.watch({ language, send: (json) => stream.write(eventFrame(page.seen(), 'overview', json)) })
}
