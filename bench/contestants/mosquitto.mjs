// mosquitto with its default settings, but for what a listener needs: anybody may come in, on 127.0.0.1; and whether it keeps anything on disk.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, startChild, stopChild, untilListening } from '../children.mjs'

/** Everything on disk as soon as it changes, and as much as there is. */
export const saving = 'persistence true\nautosave_on_changes true\nautosave_interval 1\nmax_queued_messages 0\n'

/** `more`: lines added to its settings; `kept`: what it keeps. */
export const startMosquitto = async (directory, more = '', kept = 'persistence false\n') => {
  await mkdir(directory)
  const port = await freePort()
  const config = join(directory, 'mosquitto.conf')
  await writeFile(config, `user root\nlistener ${port} 127.0.0.1\nallow_anonymous true\npersistence_location ${directory}/\n${kept}${more}`)
  const started = startChild('mosquitto', ['-c', config])
  await untilListening('mosquitto', started, port)
  return { name: 'mosquitto', port, pids: [started.child.pid], stop: () => stopChild(started.child) }
}
