// Clients that come back while the server is busy. Linux only: the system's own table shows how many wait.

import { readFileSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { closeMqttFixtures, createMqttFixture } from '../../support/mqtt-fixture.ts'
import { patient } from '../../support/wire-client.ts'

afterEach(closeMqttFixtures)

/** As many as the system lets a listener ask for. */
const queueLimit = process.platform === 'linux' ? Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8')) : 0

test.runIf(queueLimit >= 1000)(
  'more clients than 511 may come back while the server is busy: they wait until it accepts them',
  async () => {
    const { port, broker } = await createMqttFixture()
    const sockets = Array.from({ length: 700 }, () => connectTcp(port, '127.0.0.1').on('error', () => undefined))
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
    })
    // They connect at the end of this turn, before the server gets any of them.
    await new Promise<void>((resolve) => process.nextTick(resolve))
    const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
    const listening = readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .find((line) => line.includes(`0100007F:${hexPort} 00000000:0000 0A`))
    expect(Number.parseInt(/0A [\dA-F]{8}:([\dA-F]{8})/.exec(listening ?? '')?.[1] ?? '', 16)).toBe(sockets.length)
    await vi.waitFor(() => expect(broker.connections()).toBe(sockets.length), patient)
  },
)
