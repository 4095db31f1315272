// A bare Aedes in a process of its own: memory persistence, no hooks. Listens on the port it is given.

import { createServer } from 'node:net'
import { Aedes } from 'aedes'

const broker = await Aedes.createBroker()
createServer({ noDelay: true }, broker.handle).listen(Number(process.argv[2]), '127.0.0.1')
