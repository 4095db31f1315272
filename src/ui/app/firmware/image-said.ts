// What a file says of itself, read in slices of some kilobytes: whatever its size, it is never in memory. And what of it goes into the form.

import type { ImageBytes, ImageFacts } from '../../../image-format/facts.ts'
import { readImage } from '../../../image-format/read-image.ts'
import type { Values } from '../../parts/draft.ts'

export type ImageSaid =
  | { readonly kind: 'reading' }
  /** The browser gets no bytes of it: a folder, or a file that has changed or gone. */
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'read'; readonly facts: ImageFacts | null }

export const bytesOf = (file: Blob): ImageBytes => ({
  size: file.size,
  read: async (at, length) => new Uint8Array(await file.slice(at, at + length).arrayBuffer()),
})

export const readSaid = (file: Blob): Promise<ImageSaid> =>
  readImage(bytesOf(file)).then(
    (facts) => ({ kind: 'read', facts }),
    () => ({ kind: 'unreadable' }),
  )

export const isReadable = (file: Blob): Promise<boolean> =>
  file
    .slice(0, 1)
    .arrayBuffer()
    .then(
      () => true,
      () => false,
    )

/** What the fields were filled with is kept beside them: what differs was typed, and stays. */
const filled = (path: string): string => `filled.${path}`

/** The key of a product that is known, where the image names it in other letters. */
const productOf = (project: string | null, known: readonly string[]): string | null =>
  known.find((product) => product.toLowerCase() === project?.toLowerCase()) ?? project

/** Changes of the form's values for another file. */
export const fillings = (values: Values, facts: ImageFacts | null, products: readonly string[]): Values => {
  const said = { product: productOf(facts?.project ?? null, products), version: facts?.version ?? null }
  const changes: Record<string, string> = {}
  for (const [path, value] of Object.entries(said)) {
    const now = values[path] ?? ''
    const isTyped = now !== '' && now !== values[filled(path)]
    if (isTyped) continue
    // A product of another file is still the best guess; a version is not.
    const next = value ?? (path === 'product' ? now : '')
    changes[path] = next
    changes[filled(path)] = next
  }
  return changes
}
