// A bare Aedes on aedes-persistence-level, as its makers put them together, in a process of its own.
// Usage: node aedes-level-broker.mjs PORT DIRECTORY

import { createServer } from 'node:net'
import { Aedes } from 'aedes'
import aedesPersistenceLevel from 'aedes-persistence-level'
import { Level } from 'level'

const [port, directory] = process.argv.slice(2)
const broker = await Aedes.createBroker({ persistence: aedesPersistenceLevel(new Level(directory)) })
createServer({ noDelay: true }, broker.handle).listen(Number(port), '127.0.0.1')
