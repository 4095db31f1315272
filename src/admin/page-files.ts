// The files of the web page, held in memory as bytes and as gzip. Knows no route.

export interface PageFile {
  readonly type: string
  readonly etag: string
  readonly body: Buffer
  /** null: compressing would not make it smaller. */
  readonly gzip: Buffer | null
}

/** By path, such as `/assets/index-x.js`. */
export type PageFiles = ReadonlyMap<string, PageFile>

interface StoredFile {
  readonly type: string
  readonly etag: string
  /** Base64. */
  readonly body: string
  readonly gzip: string | null
}

/** Reads what bin/page.js writes. */
export const readPageFiles = (text: string): PageFiles => {
  const stored = JSON.parse(text) as Readonly<Record<string, StoredFile>>
  return new Map(
    Object.entries(stored).map(([path, { type, etag, body, gzip }]) => [
      path,
      { type, etag: `"${etag}"`, body: Buffer.from(body, 'base64'), gzip: gzip === null ? null : Buffer.from(gzip, 'base64') },
    ]),
  )
}
