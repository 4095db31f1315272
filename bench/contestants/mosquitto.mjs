// mosquitto with its default settings, except for the listener (anonymous, on 127.0.0.1) and persistence.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, startChild, stopChild, untilListening } from '../children.mjs'

/** Saves everything to disk at each change, with no limit on queues. */
export const saving = 'persistence true\nautosave_on_changes true\nautosave_interval 1\nmax_queued_messages 0\n'

/** `more`: lines added to its settings; `kept`: its settings for persistence. */
export const startMosquitto = async (directory, more = '', kept = 'persistence false\n') => {
  await mkdir(directory)
  const port = await freePort()
  const config = join(directory, 'mosquitto.conf')
  await writeFile(config, `user root\nlistener ${port} 127.0.0.1\nallow_anonymous true\npersistence_location ${directory}/\n${kept}${more}`)
  const started = startChild('mosquitto', ['-c', config])
  await untilListening('mosquitto', started, port)
  return { name: 'mosquitto', port, pids: [started.child.pid], stop: () => stopChild(started.child) }
}
