// The command with `serve` alone, for the bundle that a server is started from. Starts only when `main` is called.

import { realParts } from './parts.ts'
import { runCommand, runProcess } from './program.ts'
import { addServe } from './serve.ts'

/** As `main` of main.ts for a command line of `fogbell serve`; `started` is called once the server is ready. */
export const main = (started: () => void): Promise<void> => {
  const parts = {
    ...realParts,
    started: () => {
      started()
      realParts.started()
    },
  }
  return runProcess((argv, io) => runCommand(argv, io, (cli, program) => addServe(cli, parts, program)))
}
