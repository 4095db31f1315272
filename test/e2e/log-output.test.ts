// A server whose standard output takes nothing: full, unread, or closed. It goes on, and says what it has dropped.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { Description } from '../../src/data-dir.ts'
import { isFull } from '../support/full.ts'
import { makePlace, serveArgs } from '../support/server-fixture.ts'
import { waitFor } from '../support/until.ts'
import { connectAs } from '../support/wire-client.ts'

vi.setConfig({ testTimeout: 60_000 })

const bin = fileURLToPath(new URL('../../bin/fogbell.js', import.meta.url))

interface Served {
  readonly child: ChildProcess
  readonly description: Description
  readonly dropped: () => Promise<number>
}

const serve = async (stdout: number | 'pipe', level: string): Promise<Served> => {
  const place = await makePlace()
  onTestFinished(place.clean)
  const data = join(place.path, 'data')
  const child = spawn(process.execPath, [bin, ...(await serveArgs(data)), '--log-level', level], { stdio: ['ignore', stdout, 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const description = await waitFor(
    'it serves',
    async (): Promise<Description | undefined> => {
      expect(child.exitCode).toBe(null)
      return await readFile(join(data, 'fogbell.json'), 'utf8').then(
        (text) => JSON.parse(text) as Description,
        () => undefined,
      )
    },
    30_000,
  )
  const token = readFileSync(join(data, 'admin.token'), 'utf8').trim()
  return {
    child,
    description,
    async dropped() {
      const response = await fetch(`${description.admin}/metrics`, { headers: { authorization: `Bearer ${token}` } })
      return Number(/^fogbell_log_dropped_total (\d+)/m.exec(await response.text())?.[1])
    },
  }
}

/** Connections that are refused, each of which is a line of the log. */
const makeLines = async ({ description }: Served, count: number): Promise<void> => {
  const port = Number(new URL(description.mqtt[0] ?? '').port)
  const one = async (n: number): Promise<void> => {
    const { wire } = await connectAs(port, undefined, { clientId: `${'c'.repeat(200)}${n}` })
    await wire.end()
  }
  for (let n = 0; n < count; n += 20) await Promise.all(Array.from({ length: Math.min(20, count - n) }, (_, at) => one(n + at)))
}

const endOf = async (child: ChildProcess): Promise<number | null> => {
  child.kill('SIGTERM')
  await waitFor('it ends', () => child.exitCode !== null || child.signalCode !== null, 15_000)
  return child.exitCode
}

it.runIf(isFull)('a full disk under the log: the server starts, serves, and ends with status 0', async () => {
  const served = await serve(openSync('/dev/full', 'w'), 'debug')
  await makeLines(served, 20)
  expect((await fetch(`${served.description.admin}/readyz`)).status).toBe(200)
  expect(await endOf(served.child)).toBe(0)
})

it('a pipe that nobody reads: the server does not stand still; dropped lines are counted, and said when it is read again', async () => {
  const served = await serve('pipe', 'trace')
  let sent = 0
  while ((await served.dropped()) === 0) {
    await makeLines(served, 100)
    sent += 100
    expect(sent).toBeLessThan(20_000)
  }
  expect((await fetch(`${served.description.admin}/readyz`)).status).toBe(200)
  let text = ''
  served.child.stdout?.setEncoding('utf8').on('data', (more: string) => {
    text += more
  })
  await waitFor('it says how many', () => /lines of the log were dropped/.test(text), 30_000)
  expect(await endOf(served.child)).toBe(0)
})

it.runIf(isFull)('a pipe that nobody reads does not keep the server from ending', async () => {
  const served = await serve('pipe', 'debug')
  await makeLines(served, 400)
  expect(await endOf(served.child)).toBe(0)
})

it.runIf(isFull)('a reader that has gone ends the log and not the server', async () => {
  const served = await serve('pipe', 'debug')
  served.child.stdout?.destroy()
  await makeLines(served, 50)
  expect((await fetch(`${served.description.admin}/readyz`)).status).toBe(200)
  expect(await served.dropped()).toBeGreaterThan(0)
  expect(await endOf(served.child)).toBe(0)
})

it.each([['--help'], ['--version']])('%s on a full disk fails, and says so', (command) => {
  const { status, stderr } = spawnSync(process.execPath, [bin, command], {
    stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    encoding: 'utf8',
  })
  expect([status, stderr]).toEqual([1, 'fogbell: standard output cannot be written: ENOSPC\n'])
})
