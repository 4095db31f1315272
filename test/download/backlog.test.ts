// Devices that fetch their images at once, while the thread of the downloads is busy.

import { expect, onTestFinished, test, vi } from 'vitest'
import { createDoors } from '../../src/download/doors.ts'
import { connectAtOnce, queueLimit, waitingAt } from '../support/accept-queue.ts'
import { createRecordingLog } from '../support/recording-log.ts'

test.runIf(queueLimit >= 1000)('more devices than 511 may connect for their images while the server is busy', async () => {
  let accepted = 0
  const doors = createDoors({
    plain: { host: '127.0.0.1', port: 0 },
    tls: null,
    log: createRecordingLog([]),
    failed: () => undefined,
    first(socket) {
      accepted += 1
      socket.destroy()
    },
  })
  onTestFinished(() => doors.close(0))
  const port = (await doors.listen()).plain ?? 0
  const { length } = await connectAtOnce(port, 700)
  expect(waitingAt(port)).toBe(length)
  await vi.waitFor(() => expect(accepted).toBe(length), { timeout: 8000 })
})
