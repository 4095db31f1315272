// What the page does around its views: keys, addresses, the server lost and back, the clock, languages and themes.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeBrowser, eventually, openTab, type PageServer, startPageServer } from './support.ts'

let server: PageServer
beforeAll(async () => {
  server = await startPageServer()
})
afterAll(async () => {
  await server.close()
  await closeBrowser()
})

test('while no device is known, the overview says where devices connect to', async () => {
  const tab = await openTab(server, '/')
  await tab.page.getByRole('heading', { name: 'No device yet' }).waitFor()
  await tab.page.getByText(server.mqtt[0] ?? 'none', { exact: true }).waitFor()
  await tab.close()
})

test('the keyboard goes everywhere, and the heading of a view takes the focus', async () => {
  const { page, close } = await openTab(server, '/')
  const at = () => new URL(page.url()).pathname
  for (const [key, path, heading] of [
    ['d', '/devices', 'Devices'],
    ['f', '/firmware', 'Firmware'],
    ['c', '/campaigns', 'Campaigns'],
    ['l', '/log', 'Log'],
    ['s', '/settings', 'Settings'],
  ] as const) {
    await page.keyboard.press('g')
    await page.keyboard.press(key)
    await page.getByRole('heading', { level: 1, name: heading }).waitFor()
    expect(at()).toBe(path)
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1')
  }
  await page.keyboard.press('/')
  await page.keyboard.type('gd lamp')
  expect(at()).toBe('/settings')
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => url.pathname === '/devices' && url.searchParams.get('q') === 'gd lamp')
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
  await page.keyboard.press('Escape')
  expect(await page.getByRole('dialog').count()).toBe(0)
  await page.goBack()
  expect(at()).toBe('/settings')
  await close()
})

test('nothing moves when the heading that has the focus loses it to a click', async () => {
  const { page, close, settled } = await openTab(server, '/log')
  for (const [link, heading] of [
    ['Overview', 'Overview'],
    ['Devices', 'Devices'],
    ['Campaigns', 'Campaigns'],
  ] as const) {
    await page.getByRole('navigation').first().getByRole('link', { name: link }).click()
    await eventually(
      () => page.evaluate((said) => document.activeElement?.tagName === 'H1' && document.activeElement.textContent === said, heading),
      'the heading has the focus',
    )
    await settled()
    const places = () =>
      page.evaluate(() => [...document.querySelectorAll('main *')].map((each) => Math.round(each.getBoundingClientRect().y)).join(' '))
    const before = await places()
    await page.mouse.move(640, 790)
    await page.mouse.down()
    expect(await page.evaluate(() => document.activeElement?.tagName)).not.toBe('H1')
    expect(await places()).toBe(before)
    await page.mouse.up()
  }
  await close()
})

test('the first thing that the tabulator reaches skips to the content', async () => {
  const { page, close } = await openTab(server, '/')
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content')
  await page.keyboard.press('Enter')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
  await close()
})

test('a lost server is said, and the page comes back by itself', async () => {
  const { page, close } = await openTab(server, '/')
  await eventually(async () => (await page.locator('.banner').count()) === 0, 'the live events come')
  await server.kill('SIGKILL')
  await page.getByText('The server cannot be reached.').first().waitFor()
  await server.restart()
  await eventually(async () => (await page.locator('.banner').count()) === 0, 'the page is back')
  await close([/ERR_/, /Failed to load/])
})

test('language and colours are chosen in the menu, and kept', async () => {
  const { page, close } = await openTab(server, '/')
  await page.getByText('admin.token (admin)').click()
  await page.getByLabel('Language').selectOption('zh')
  await page.getByRole('link', { name: '总览' }).waitFor()
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh-CN')
  await page.getByLabel('外观').selectOption('dark')
  await page.reload()
  await page.getByRole('link', { name: '总览' }).waitFor()
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).toBe('dark')
  await close()
})

test('six tabs of one browser use one stream of events', async () => {
  const first = await openTab(server, '/')
  const others = await Promise.all(
    ['/devices', '/campaigns', '/log', '/settings', '/firmware', '/', '/devices'].map(async (path) => {
      const page = await first.page.context().newPage()
      await page.goto(`${server.admin}${path}`)
      await page.waitForSelector('main h1')
      return page
    }),
  )
  expect(others).toHaveLength(7)
  await first.page.reload()
  await first.page.waitForSelector('main h1')
  await eventually(async () => (await first.page.locator('.banner').count()) === 0, 'the live events come')
  await first.close()
})
