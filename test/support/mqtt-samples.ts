// Packets of a client as bytes, for tests below the broker.

import { generate } from 'mqtt-packet'

export const encode = {
  connect: (clientId: string, protocolVersion: 3 | 4 | 5 = 4): Buffer =>
    generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion, clientId, clean: true, keepalive: 0 }),
  publish: (topic: string, payload = 'x'): Buffer =>
    generate({ cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false, messageId: 0 }),
  pingreq: generate({ cmd: 'pingreq' }),
  disconnect: generate({ cmd: 'disconnect' }),
}
