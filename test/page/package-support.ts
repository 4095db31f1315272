// What the tests of packages share: files that are dropped and chosen, fields, and a person with a role.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import type { PageServer } from './support.ts'

/** Drops a file onto the element, as a hand would. */
export const dropOn = async (page: Page, selector: string, name: string, bytes: Uint8Array): Promise<void> => {
  const dataTransfer = await page.evaluateHandle(
    ([base64, as]) => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([Uint8Array.from(atob(base64 ?? ''), (each) => each.charCodeAt(0))], as ?? ''))
      return transfer
    },
    [Buffer.from(bytes).toString('base64'), name],
  )
  for (const type of ['dragenter', 'dragover', 'drop']) await page.dispatchEvent(selector, type, { dataTransfer })
}

/** As a file of the disk, which the browser reads by itself. */
export const chooseFile = async (server: PageServer, page: Page, name: string, size: number): Promise<void> => {
  const path = join(server.dataDir, name)
  writeFileSync(path, Buffer.alloc(size, 0x5a))
  await page.locator('input[type=file]').first().setInputFiles(path)
}

export const fieldOf = (page: Page, label: string): Locator => page.getByLabel(label, { exact: true })

/** Signs in the person that `becomeMei` has made. */
export const signInAsMei = async (page: Page, role: string): Promise<void> => {
  await page.getByLabel('Name').fill('mei')
  await page.getByLabel('Password').fill('a long sentence')
  await page.getByLabel('Password').press('Enter')
  await page.getByText(`mei (${role})`).waitFor()
}

/** Signs out, and in as a new person with that role. */
export const becomeMei = async (server: PageServer, page: Page, role: string): Promise<void> => {
  await server.api('POST', '/users', { name: 'mei', role, password: 'a long sentence' })
  await page.getByText('admin.token (admin)').click()
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await signInAsMei(page, role)
}
