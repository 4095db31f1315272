// mosquitto with its default settings, but for what a listener needs: anybody may come in, on 127.0.0.1, and nothing is kept on disk.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, startChild, stopChild, untilListening } from '../children.mjs'

/** `more`: lines added to its settings. */
export const startMosquitto = async (directory, more = '') => {
  await mkdir(directory)
  const port = await freePort()
  const config = join(directory, 'mosquitto.conf')
  await writeFile(config, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n${more}`)
  const started = startChild('mosquitto', ['-c', config])
  await untilListening('mosquitto', started, port)
  return { name: 'mosquitto', port, pids: [started.child.pid], stop: () => stopChild(started.child) }
}
