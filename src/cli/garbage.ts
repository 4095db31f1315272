// When V8 collects garbage of a server. Knows V8's options, and nothing of the server.

import { setFlagsFromString } from 'node:v8'

/** The newest Node.js whose V8 is known to have the option. */
const newestKnown = 24

/**
 * From now on old objects are collected once they have become half as many again. V8 alone waits until they are two to four times as many: a
 * server then takes more memory, and more time too, since less of what it uses is in the caches of the processor. Nothing changes where the
 * option was given to Node.js.
 */
export const collectEarly = (): void => {
  const isGiven = process.execArgv.some((option) => /^--heap[-_]growing[-_]percent/.test(option))
  if (!isGiven && Number.parseInt(process.versions.node, 10) <= newestKnown) setFlagsFromString('--heap-growing-percent=50')
}
