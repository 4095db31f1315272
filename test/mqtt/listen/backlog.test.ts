// Clients that come back while the server is busy.

import { afterEach, expect, test, vi } from 'vitest'
import { connectAtOnce, queueLimit, waitingAt } from '../../support/accept-queue.ts'
import { closeMqttFixtures, createMqttFixture } from '../../support/mqtt-fixture.ts'
import { patient } from '../../support/wire-client.ts'

afterEach(closeMqttFixtures)

test.runIf(queueLimit >= 1000)(
  'more clients than 511 may come back while the server is busy: they wait until it accepts them',
  async () => {
    const { port, broker } = await createMqttFixture()
    const { length } = await connectAtOnce(port, 700)
    expect(waitingAt(port)).toBe(length)
    await vi.waitFor(() => expect(broker.connections()).toBe(length), patient)
  },
)
