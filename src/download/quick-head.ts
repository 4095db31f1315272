// The plainest requests for an image, recognized in one look at what arrived: a GET of a link, without a body, whose whole head is there. All
// others are left to Node's parser: what is recognized here has only one reading. Functions of bytes: knows no sockets.

/** What such a request asks for. */
export interface QuickHead {
  readonly path: string
  readonly range: string | undefined
  readonly keepsOpen: boolean
  /** Bytes of the head: what follows is the next request. */
  readonly length: number
}

/** More than plain clients send; what is longer is Node's. */
const LONGEST = 2_048
/** Names of letters, digits and hyphens, values of printable ASCII, lines that end as they must: nothing that parsers disagree about. */
const HEAD = /^GET (\/d\/[0-9a-f/]{1,80}) HTTP\/1\.([01])\r\n((?:[A-Za-z0-9-]+:[ -~]*\r\n)*)\r\n/
/** Fields that say which bytes, and how long the connection lasts; and those of a body, a condition or another protocol. */
const TELLING = /^(?:range|connection|content-|transfer-|trailer|te:|expect|upgrade|http2-|proxy-|if-)[^\r]*/gim

interface Fields {
  range: string | undefined
  connection: string | undefined
}

const noFields: Fields = { range: undefined, connection: undefined }

/** Undefined where there is another one than range and connection, or one of them twice. */
const fieldsOf = (lines: string): Fields | undefined => {
  const found = lines.match(TELLING)
  if (found === null) return noFields
  const fields: Fields = { range: undefined, connection: undefined }
  for (const line of found) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    if ((name !== 'range' && name !== 'connection') || fields[name] !== undefined) return undefined
    fields[name] = line.slice(colon + 1).trim()
  }
  return fields
}

/** Undefined: it says something else. */
const keepsOpen = (minor: string | undefined, connection: string | undefined): boolean | undefined => {
  const said = connection?.toLowerCase()
  if (said === undefined) return minor === '1'
  return said === 'close' || said === 'keep-alive' ? said === 'keep-alive' : undefined
}

/** Undefined: Node's parser reads it. */
export const readQuickHead = (chunk: Buffer): QuickHead | undefined => {
  const [head, path, minor, lines] = HEAD.exec(chunk.toString('latin1', 0, Math.min(chunk.length, LONGEST))) ?? []
  const fields = lines === undefined ? undefined : fieldsOf(lines)
  if (head === undefined || path === undefined || fields === undefined) return undefined
  const isOpen = keepsOpen(minor, fields.connection)
  return isOpen === undefined ? undefined : { path, range: fields.range, keepsOpen: isOpen, length: head.length }
}
