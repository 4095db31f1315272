// `fogbell …` as built, in the process of the tests: a process of its own takes a second to load. For what does not depend on the process,
// as signals, crashes, standard output and locks of files do.

import { PassThrough } from 'node:stream'
import type * as Io from '../../src/cli/io.ts'
import type * as Main from '../../src/cli/main.ts'
import type * as Parts from '../../src/cli/parts.ts'
import { silentLog } from './recording-log.ts'

/** A module of dist/, which test/global-setup.ts builds; its types are those of its source. */
export const built = (path: string): Promise<unknown> => import(new URL(`../../dist/${path}.js`, import.meta.url).href)

export interface Called {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

const levelledLog = { ...silentLog, level: 'silent' as const, print: () => false, dropped: () => 0, flush: async () => undefined }

/** Runs `fogbell …` to its end. A server that starts is not stopped: only for starts that are refused. */
export const callFogbell = async (args: readonly string[]): Promise<Called> => {
  const { processIo } = (await built('cli/io')) as typeof Io
  const { realParts } = (await built('cli/parts')) as typeof Parts
  const { run } = (await built('cli/main')) as typeof Main
  const written = { stdout: '', stderr: '' }
  const sink = (name: 'stdout' | 'stderr'): Io.Sink => ({
    isTTY: false,
    write: (text) => {
      written[name] += text
    },
  })
  const io: Io.Io = { ...processIo(), stdout: sink('stdout'), stderr: sink('stderr'), stdin: new PassThrough(), env: { NO_COLOR: '1' } }
  return { status: await run(args, io, { ...realParts, createLog: async () => () => levelledLog }), ...written }
}
