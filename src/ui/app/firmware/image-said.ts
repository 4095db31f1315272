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

/** Modules by the product whose devices have reported them. */
export type KnownModules = ReadonlyMap<string, readonly string[]>

/** What the fields hold at first, or hold on to where a file says nothing. A version is never that of another file. */
const without: Values = { module: 'default', version: '' }

/** Changes of the form's values for another file. */
export const fillings = (values: Values, facts: ImageFacts | null, known: KnownModules): Values => {
  const changes: Record<string, string> = {}
  const fill = (path: string, value: string | null): void => {
    const now = values[path] ?? ''
    const isTyped = now !== '' && now !== (values[filled(path)] ?? without[path])
    if (isTyped) return
    changes[path] = value ?? without[path] ?? now
    changes[filled(path)] = changes[path]
  }
  fill('product', productOf(facts?.project ?? null, [...known.keys()]))
  fill('version', facts?.version ?? null)
  // No image says for which module it is: where a product has only one, it is that.
  const [only = null, ...others] = known.get(changes['product'] ?? values['product'] ?? '') ?? []
  fill('module', others.length === 0 ? only : null)
  return changes
}
