// The one stream of a browser with all its tabs: the figures of the overview, and what its pages show, over one response. Knows no filter of
// other streams.

import type { ServerResponse } from 'node:http'
import type { ApiContext } from './api.ts'
import { eventFrame, openEventStream } from './event-stream.ts'
import type { PageWishes } from './page-feed.ts'

/** `after`: the last id that the client has seen; undefined: it asks for nothing of the past. */
export const openPage = (response: ServerResponse, context: ApiContext, wishes: PageWishes, after: number | undefined): void => {
  const stream = openEventStream(response, context, after, {
    drained: () => watching.refresh(),
    closed() {
      watching.close()
      page.close()
    },
  })
  const page = context.pages.open({ takes: stream.takes, send: (text) => void stream.write(text) }, wishes, after)
  const watching = context.feed.watch({ send: (json) => stream.write(eventFrame(page.seen(), 'overview', json)) })
}
