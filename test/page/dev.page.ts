// `npm run dev:ui`: the page out of its sources, in front of a running server.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeBrowser, eventually, openTab, type PageServer, simulate, startPageServer } from './support.ts'

let server: PageServer
const ends: (() => Promise<void>)[] = []
beforeAll(async () => {
  server = await startPageServer()
})
afterAll(async () => {
  for (const end of ends) await end()
  await server.close()
  await closeBrowser()
})

/** The port at which they are served. */
const startSources = async (): Promise<number> => {
  const program = fileURLToPath(new URL('../../bin/page.js', import.meta.url))
  const child = spawn(process.execPath, [program, '--dev', server.admin, '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  ends.push(async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /127\.0\.0\.1:\S*?(\d+)\S*\//.exec(line)?.[1]
    if (port === undefined) continue
    child.stdout.resume()
    return Number(port)
  }
  throw new Error('the page was not served')
}

test('the page out of its sources signs in, reads the API, and has live events', async () => {
  const { page, close } = await openTab({ ...server, port: await startSources() }, '/')
  await page.getByRole('heading', { name: 'No device yet' }).waitFor()
  ends.push(simulate(server, '--devices', '2').end)
  await eventually(async () => (await page.locator('main').innerText()).includes('2 of 2 known'), 'the devices are shown')
  expect(await page.getByText('The server cannot be reached.').count()).toBe(0)
  await close()
})
