import { expect, test } from 'vitest'
import { createImageRemoval } from '../../src/admin/image-removal.ts'
import type { Digests } from '../../src/ota/model.ts'

const digests: Digests = { size: 1, md5: '', sha256: 'same', checksum: '' }
const log = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

/** Files whose uploads end when the test says so. */
const create = () => {
  const removed: string[] = []
  const uploads: (() => void)[] = []
  const state = { inUse: false, removal: Promise.resolve() }
  const files = {
    receive: () => new Promise<Digests>((resolve) => uploads.push(() => resolve(digests))),
    remove: async (sha256: string) => {
      await state.removal
      removed.push(sha256)
    },
  }
  const images = createImageRemoval(files, { firmware: { imageInUse: () => state.inUse } }, 1, log)
  return { images, removed, uploads, state }
}
async function* nothing(): AsyncGenerator<Uint8Array> {}
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('of two uploads of the same bytes, the refused one keeps the file for the other', async () => {
  const { images, removed, uploads, state } = create()
  const refused = images.receive(nothing(), () => Promise.reject(new Error('other bytes')))
  const taken = images.receive(nothing(), async () => {
    state.inUse = true
  })
  await turn()
  uploads[0]?.()
  await expect(refused).rejects.toThrow('other bytes')
  uploads[1]?.()
  await taken
  await images.idle()
  expect(removed).toEqual([])
})

test('a removal waits for running uploads, and an upload for a running removal', async () => {
  const { images, removed, uploads, state } = create()
  const upload = images.receive(nothing(), async () => undefined)
  await turn()
  await images.release('same')
  expect(removed).toEqual([])
  let open = (): void => undefined
  state.removal = new Promise((resolve) => {
    open = resolve
  })
  uploads[0]?.()
  await turn()
  const next = images.receive(nothing(), async () => undefined)
  await turn()
  expect(uploads).toHaveLength(1)
  open()
  await upload
  await turn()
  expect(removed).toEqual(['same'])
  expect(uploads).toHaveLength(2)
  uploads[1]?.()
  await next
})

test('a file that cannot be removed is no failure', async () => {
  const { images, state } = create()
  state.removal = Promise.reject(new Error('disk'))
  await images.release('same')
  await images.idle()
})
