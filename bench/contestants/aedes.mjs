// The bare Aedes of aedes-broker.mjs as a contestant.

import { fileURLToPath } from 'node:url'
import { freePort, startChild, stopChild, untilListening } from '../children.mjs'
import { asNpmStart } from './fogbell.mjs'

const program = fileURLToPath(new URL('aedes-broker.mjs', import.meta.url))

export const startAedes = async ({ node = asNpmStart } = {}) => {
  const port = await freePort()
  const started = startChild(process.execPath, [...node, program, String(port)])
  await untilListening('aedes', started, port)
  return { name: 'aedes', port, pids: [started.child.pid], stop: () => stopChild(started.child) }
}
