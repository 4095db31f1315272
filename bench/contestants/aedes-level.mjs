// The Aedes of aedes-level-broker.mjs as a contestant.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, startChild, stopChild, untilListening } from '../children.mjs'
import { asNpmStart } from './fogbell.mjs'

const program = fileURLToPath(new URL('aedes-level-broker.mjs', import.meta.url))

/** `directory` is made. */
export const startAedesOnLevel = async (directory) => {
  const port = await freePort()
  const started = startChild(process.execPath, [...asNpmStart, program, String(port), join(directory, 'level')])
  await untilListening('aedes on level', started, port)
  return { name: 'aedes on level', port, pids: [started.child.pid], stop: () => stopChild(started.child) }
}
