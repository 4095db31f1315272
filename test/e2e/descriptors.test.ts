// How many files the process may open: refused, warned of, and what is said when they run out.

import { execFileSync, spawn } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished, vi } from 'vitest'
import { createServerFixture, makePlace, serveArgs } from '../support/server-fixture.ts'
import { waitFor } from '../support/until.ts'

vi.setConfig({ testTimeout: 60_000 })

const bin = fileURLToPath(new URL('../../bin/fogbell.js', import.meta.url))

const freshData = async (): Promise<string> => {
  const place = await makePlace()
  onTestFinished(place.clean)
  return join(place.path, 'data')
}

it('a process that may open fewer than 256 files is refused with the limit and the remedy; below what the settings allow it is warned', async () => {
  const args = await serveArgs(await freshData())
  const start = (limit: number) =>
    spawn('prlimit', [`--nofile=${limit}:${limit}`, process.execPath, bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const texts = async (limit: number, pattern: RegExp): Promise<string> => {
    const child = start(limit)
    onTestFinished(() => void child.kill('SIGKILL'))
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (more: string) => (text += more))
    await waitFor(String(pattern), () => pattern.test(text), 30_000)
    return text
  }
  expect(await texts(200, /OTA_DESCRIPTORS/)).toMatch(/may open 200 files; at least 256 are needed: raise the limit/)
  expect(await texts(2000, /"ready"/)).toMatch(/"warn".*may open 2000 files, and mqtt.maxConnections and firmware.maxDownloads allow/)
})

it('connections that cannot be accepted are a warning, and so is that they can be again', async () => {
  const server = await createServerFixture(await freshData(), {}, '--log-level', 'info')
  onTestFinished(async () => void (await server.kill()))
  const open = async (count: number): Promise<readonly Socket[]> =>
    Array.from({ length: count }, () => connect(server.port, '127.0.0.1').on('error', () => undefined))
  execFileSync('prlimit', ['--pid', String(server.child.pid), '--nofile=300:'])
  const sockets = await open(400)
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })
  await waitFor('it is said', () => server.output.stdout.includes('connections cannot be accepted'), 20_000)
  for (const socket of sockets) socket.destroy()
  await waitFor('it works again', () => server.output.stdout.includes('connections can be accepted again'), 20_000)
  expect((await fetch(`${server.description.admin}/readyz`)).status).toBe(200)
})
