// A plain Aedes with aedes-persistence-level on a real directory, as in its own example, to compare the broker with. Prints its port. Devices (`name&product`) may subscribe below their own prefix only, so that there is something to refuse.

import { createServer } from 'node:net'
import { Aedes } from 'aedes'
import aedesPersistenceLevel from 'aedes-persistence-level'
import { Level } from 'level'

const level = new Level(process.argv[2])
await level.open()
const users = new WeakMap()
const broker = await Aedes.createBroker({
  persistence: aedesPersistenceLevel(level),
  authenticate(client, username, _password, done) {
    users.set(client, username)
    done(null, true)
  },
  authorizeSubscribe(client, subscription, done) {
    const [name, product] = (users.get(client) ?? '').split('&')
    const denied = product !== undefined && !subscription.topic.startsWith(`fogcloud/${product}/${name}/`)
    done(null, denied ? null : subscription)
  },
})
const server = createServer({ noDelay: true }, broker.handle)
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
process.once('SIGTERM', () => {
  server.close()
  broker.close(() => void level.close().then(() => process.exit(0)))
})
