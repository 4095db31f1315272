// The screen of a test station in a real browser, with a real server and simulated boards: bursts as scanners send them, results that stay until
// they were seen, a server that is lost.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { addStation, openStation, sizes, type TestStation } from './station-support.ts'
import { axeFaults, closeBrowser, eventually, isTooWide, type PageServer, simulate, startPageServer } from './support.ts'

let server: PageServer
let boards: { end(): Promise<void> }
let one: TestStation
let four: TestStation
beforeAll(async () => {
  server = await startPageServer()
  boards = simulate(server, '--devices', '12')
  await eventually(
    async () => (await server.api<{ count: number }>('GET', '/devices?online=true')).count === 12,
    'the boards are connected',
  )
  one = await addStation(server, 'fct-1')
  four = await addStation(server, 'fct-4', { slots: 4, language: 'zh' })
})
afterAll(async () => {
  await boards.end()
  await server.close()
  await closeBrowser()
})

const unavailable = [/ERR_/, /Failed to load/]

test('a label is scanned, the board is tested, and its PASS stays until the next scan', async () => {
  const { page, burst, shows, face, close } = await openStation(server, one.link)
  await burst('sim-01', 2, 'Enter')
  await shows('testing')
  expect(await page.locator('.serial').textContent()).toBe('sim-01')
  await one.finish('sim-01', 'passed')
  await shows('passed')
  await page.keyboard.press('Enter')
  await page.mouse.click(500, 300)
  expect(await face()).toBe('passed')
  await burst('sim-02', 30, 'Tab')
  await shows('testing')
  expect(await page.locator('.serial').textContent()).toBe('sim-02')
  await one.finish('sim-02', 'passed')
  await shows('passed')
  await close()
})

test('a scanner that sends no key at the end is understood, and what a person types waits for Enter', async () => {
  const { page, burst, shows, scans, close } = await openStation(server, one.link)
  // Where the machine is busy for longer than the gaps of a scanner, it was none.
  for (let tries = 0; scans.length === 0 && tries < 5; tries += 1) {
    await burst('sim-03', 2)
    await page.waitForTimeout(400)
  }
  await shows('testing')
  await one.finish('sim-03', 'passed')
  await page.keyboard.type('sim-', { delay: 60 })
  await page.keyboard.type('04', { delay: 200 })
  expect(scans.map(({ text }) => text)).toEqual(['sim-03'])
  await page.keyboard.press('Enter')
  await shows('testing')
  await one.finish('sim-04', 'passed')
  await shows('passed')
  expect(new Set(scans.map(({ key }) => key)).size).toBe(2)
  await close()
})

test('a scan that is refused is amber and leaves no green, and says why', async () => {
  const { page, burst, shows, close } = await openStation(server, one.link)
  await shows('passed')
  await burst('sim-01', 2, 'Enter')
  await shows('refused')
  expect(await page.locator('.slot').textContent()).toMatch(/sim-01.*Passed already at \d\d:\d\d:\d\d/)
  expect(await page.locator('.tone-pass').count()).toBe(0)
  // The scanner's double is answered by nothing: what was said stays.
  await burst('sim-01', 2, 'Enter')
  await page.waitForTimeout(600)
  await shows('refused')
  await close(unavailable)
})

test.each(['FB:OK', 'Enter', 'button'] as const)('a FAIL stays through other scans until %s', async (way) => {
  const { page, burst, shows, face, notice, scans, close } = await openStation(server, one.link)
  const serial = { 'FB:OK': 'sim-05', Enter: 'sim-06', button: 'sim-07' }[way]
  await burst(serial, 2, 'Enter')
  await shows('testing')
  await one.finish(serial, 'failed')
  await shows('failed')
  expect(await page.locator('.slot').textContent()).toContain('vbat 3.02 V, allowed 3.1 to 3.5.')
  // A second line end of the scanner is no Enter of a person.
  await burst('sim-08', 2, 'Enter', 2)
  await notice('refused')
  expect(await page.locator('.notice').textContent()).toContain('Acknowledge it first')
  expect(await face()).toBe('failed')
  await page.waitForTimeout(800)
  if (way === 'FB:OK') await burst('FB:OK', 2, 'Enter')
  else if (way === 'Enter') await page.keyboard.press('Enter')
  else await page.getByRole('button').click()
  await shows('scan')
  expect(scans.filter(({ text }) => text === 'sim-08')).toHaveLength(1)
  await close(unavailable)
})

test('what comes through an input method is not sent, and the way out is said in both languages', async () => {
  const { page, burst, scans, shows, close } = await openStation(server, one.link)
  const wire = await page.context().newCDPSession(page)
  await wire.send('Input.imeSetComposition', { text: 'sim', selectionStart: 3, selectionEnd: 3 })
  await page.getByText('Switch the input method to English 请切换到英文输入法').waitFor()
  await wire.send('Input.insertText', { text: 'sim-08' })
  await page.keyboard.press('Enter')
  expect(scans).toEqual([])
  await shows('composed')
  await page.waitForTimeout(400)
  await page.evaluate(() =>
    document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Process', bubbles: true, cancelable: true })),
  )
  await page.keyboard.type('1234')
  await page.keyboard.press('Enter')
  expect([scans.length, await page.locator('input').inputValue()]).toEqual([0, ''])
  await page.waitForTimeout(400)
  await burst('sim-08', 2, 'Enter')
  await shows('testing')
  await one.finish('sim-08', 'passed')
  expect(await page.locator('[data-notice]').count()).toBe(0)
  await close()
})

test.each(['SIGSTOP', 'SIGKILL'] as const)(
  'a server that is lost by %s makes the screen grey within 3 s, and takes no scan',
  async (signal) => {
    const { page, burst, shows, notice, scans, close } = await openStation(server, one.link)
    await shows('passed')
    const before = (await one.runs()).length
    if (signal === 'SIGSTOP') server.signal(signal)
    else await server.kill(signal)
    await page.locator('[data-phase="lost"]').waitFor({ timeout: 3000 })
    expect(await page.locator('.tone-pass, .tone-fail').count()).toBe(0)
    expect(await page.locator('main').textContent()).toContain('No server')
    await burst('sim-09', 2, 'Enter')
    await notice('untaken')
    expect(scans).toEqual([])
    if (signal === 'SIGSTOP') server.signal('SIGCONT')
    else await server.restart()
    await page.locator('[data-phase="on"]').waitFor()
    expect([(await one.runs()).length, await page.locator('[data-face="untaken"]').count()]).toEqual([before, 1])
    await page.keyboard.press('Enter')
    await eventually(async () => (await server.api<{ count: number }>('GET', '/devices?online=true')).count === 12, 'the boards are back')
    await close(unavailable)
  },
)

test('a scan that gets no answer is sent again with its key, and begins one run', async () => {
  const { page, burst, shows, scans, close } = await openStation(server, one.link)
  let refusals = 0
  await page.route('**/scan', async (route) => {
    refusals += 1
    if (refusals === 1) return route.abort()
    // The answer is lost on its way back.
    if (refusals === 2) {
      await route.fetch()
      return route.fulfill({ status: 502, body: '<html>' })
    }
    return route.continue()
  })
  const before = (await one.runs()).length
  await burst('sim-09', 2, 'Enter')
  await shows('testing')
  await eventually(() => scans.length === 3, 'it is sent three times')
  expect(new Set(scans.map(({ key }) => key)).size).toBe(1)
  expect((await one.runs()).length).toBe(before + 1)
  await eventually(async () => (await page.locator('[data-notice]').count()) === 0, 'it is settled')
  await one.finish('sim-09', 'passed')
  await shows('passed')
  await close(unavailable)
})

test('a result that is not on disk yet is never green', async () => {
  const { page, burst, shows, close } = await openStation(server, one.link)
  await burst('sim-10', 2, 'Enter')
  await shows('testing')
  await page.route(`**/stations/${one.id}`, async (route) => {
    const response = await route.fetch()
    const view = await response.json()
    view.slotViews[0].isSaving = true
    view.slotViews[0].run.outcome = 'passed'
    return route.fulfill({ response, json: view })
  })
  await shows('saving')
  expect(await page.locator('.tone-pass').count()).toBe(0)
  await page.unroute(`**/stations/${one.id}`)
  await shows('testing')
  await one.finish('sim-10', 'passed')
  await shows('passed')
  await close()
})

test('the token leaves the address bar at once and is kept, and without one the screen says how to get it', async () => {
  const fresh = await openStation(server, `/station/${one.id}`)
  expect(await fresh.page.locator('main').textContent()).toMatch(/no link.*fogbell station token fct-1/)
  await fresh.page.goto(`${server.admin}${one.link}`)
  await fresh.page.locator('[data-phase="on"]').waitFor()
  expect(fresh.page.url()).toBe(`${server.admin}/station/${one.id}`)
  await fresh.page.reload()
  await fresh.page.locator('[data-phase="on"]').waitFor()
  await fresh.close()
  const wrong = await openStation(server, `/station/${one.id}#token=nobody`)
  await wrong.page.locator('[data-face="bad-token"]').waitFor()
  await wrong.close(unavailable)
})

test('a station that is removed says so at its screen, with commands that can work', async () => {
  const gone = await addStation(server, 'gone-1')
  const { page, close } = await openStation(server, gone.link)
  await page.locator('[data-phase="on"]').waitFor()
  await server.api('DELETE', '/stations/gone-1')
  await page.locator('[data-face="no-station"]').waitFor()
  expect(await page.locator('main').textContent()).toMatch(/gone-1 was removed.*fogbell station add gone-1/)
  await page.reload()
  await page.locator('[data-face="bad-token"]').waitFor()
  expect(await page.locator('main').textContent()).toMatch(/or the station gone-1 itself.*fogbell station list/)
  await close(unavailable)
})

test('the field has the focus again within 100 ms, whatever was touched', async () => {
  const { page, close } = await openStation(server, one.link)
  await page.mouse.click(400, 200)
  await page.evaluate(() => (document.activeElement as HTMLElement).blur())
  await page.waitForTimeout(100)
  expect(await page.evaluate(() => document.activeElement?.className)).toBe('scanner')
  await close()
})

test('by plain HTTP under a name of the network it works: no secure context is needed', async () => {
  const { page, burst, shows, close } = await openStation(server, one.link, { host: 'factory.lan' })
  expect(await page.evaluate(() => isSecureContext)).toBe(false)
  await burst('sim-11', 2, 'Enter')
  await shows('testing')
  await one.finish('sim-11', 'passed')
  await shows('passed')
  await close()
})

test('four slots in Chinese: each has its number and its state, and two failures are seen one by one', async () => {
  const { page, burst, shows, notice, close } = await openStation(server, four.link)
  for (const serial of ['sim-01', 'sim-02', 'sim-03']) await burst(serial, 2, 'Enter')
  for (const slot of [1, 2, 3]) await shows('testing', slot)
  await four.finish('sim-01', 'failed')
  await four.finish('sim-02', 'failed')
  await four.finish('sim-03', 'passed')
  await shows('failed', 1)
  await shows('failed', 2)
  await shows('passed', 3)
  expect(await page.locator('.place').allTextContents()).toEqual(['1', '2', '3', '4'])
  expect(await page.locator('.slot').first().textContent()).toContain('不合格FAIL')
  await page.waitForTimeout(800)
  await page.keyboard.press('Enter')
  await notice('refused')
  await burst('FB:SLOT:2', 2, 'Enter')
  await page.getByText('下次扫码').waitFor()
  await burst('FB:OK', 2, 'Enter')
  await shows('scan', 2)
  await page.getByRole('button').click()
  await shows('scan', 1)
  await shows('passed', 3)
  await close(unavailable)
})

test.each([1, 2, 4, 8, 16])('%i slots are accessible and legible in both languages, on small and large screens', async (slots) => {
  for (const language of ['en', 'zh'] as const) {
    const station = await addStation(server, `look-${slots}-${language}`, { slots, language })
    for (const [width, height] of [
      [1024, 600],
      [1920, 1080],
    ] as const) {
      const tab = await openStation(server, station.link, { width, height, language })
      if (width === 1024) {
        await tab.shows('scan')
        await tab.burst('sim-12', 2, 'Enter')
        await tab.shows('testing')
        await station.finish('sim-12', 'failed')
      }
      await tab.shows('failed')
      expect([...(await axeFaults(tab.page)), await isTooWide(tab.page)]).toEqual([false])
      const { smallestWord, smallestButton, isOverflowing } = await sizes(tab.page)
      expect([smallestWord >= 0.12, smallestButton, isOverflowing]).toEqual([true, 80, false])
      await tab.close()
    }
  }
})
