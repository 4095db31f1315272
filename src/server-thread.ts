// The thread of downloads before there is a server for it: it loads while the server itself is loaded and opens its store.

import { downloadWorker } from './bundled.ts'
import { type LoadedThread, loadThread } from './download/supervisor.ts'

export type { LoadedThread }

/** Starts it. Whoever does not give it to a server ends the process. */
export const loadDownloads = (): LoadedThread => loadThread(downloadWorker())
