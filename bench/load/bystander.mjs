// A client beside many others, and a server that has become quiet.

import { join } from 'node:path'
import { cpuSeconds, sleep } from '../children.mjs'
import { inDirectory } from '../part.mjs'
import { startConnections } from './connections-load.mjs'

/** Waits until the server has nothing left to do. */
export const calm = async ({ pids }) => {
  for (let before = await cpuSeconds(pids), tries = 0; tries < 100; tries += 1) {
    await sleep(400)
    const after = await cpuSeconds(pids)
    if (after - before < 0.03) return
    before = after
  }
}

/** What the client beside it waits for its PUBACKs while `work` runs. */
export const beside = async (server, watcher, work) => {
  await calm(server)
  const watched = watcher.ask('watch 600')
  await sleep(300)
  await work()
  watcher.send('stop')
  const waits = await watched
  if (waits.lost > 0) throw new Error(`${server.name} closed the connection of the client beside them`)
  return waits
}

/** Starts a contestant; runs `work` with it, the generator of so many clients, and the client beside them; ends all. */
export const withClients = (directory, program, { name, start }, { round, clients }, work) =>
  inDirectory(async (_own, keep) => {
    const server = { ...keep(await start(join(directory, `${name}-${round}`))), name }
    const load = keep(startConnections(program, server.port, 'device-', clients))
    return await work(server, load, keep(startConnections(program, server.port, 'watcher-', 1)))
  })
