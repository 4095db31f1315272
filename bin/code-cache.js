// Runs a bundle in CommonJS with what V8 compiled of it before, which is in a file beside it, and writes that file. Whatever is wrong with the
// file, the bundle runs all the same, and only later: docs/adr/0023-a-start-takes-compiled-code.md.

import { cacheStart } from './cache-name.js'

// An import would read all that these modules export.
const { createHash } = process.getBuiltinModule('crypto')
const { closeSync, fstatSync, openSync, readdirSync, readSync, renameSync, rmSync, writeFileSync } = process.getBuiltinModule('fs')
const { createRequire } = process.getBuiltinModule('module')
const { basename, dirname, join } = process.getBuiltinModule('path')
const { pathToFileURL } = process.getBuiltinModule('url')
const { cachedDataVersionTag } = process.getBuiltinModule('v8')
const { Script } = process.getBuiltinModule('vm')

/** There is one for each version of V8, options of Node and kind of CPU, of which V8 takes no other. */
const cacheFile = (bundle, text) => `${cacheStart(bundle, text)}${cachedDataVersionTag()}.cache`

const digestLength = 32
const digestOf = (data) => createHash('sha256').update(data).digest()

/**
 * All bytes of an open file, in `room` if it has the length: memory that a process has not used before takes as long as reading the file.
 */
const readInto = (room, fd, size) => {
  const bytes = room.length < size ? Buffer.allocUnsafeSlow(size) : room.subarray(0, size)
  let end = 0
  while (end < size) {
    const read = readSync(fd, bytes, end, size - end, null)
    if (read === 0) break
    end += read
  }
  return bytes.subarray(0, end)
}

/** What `read` gives for the open file and what is known of it. */
const withFile = (file, read) => {
  const fd = openSync(file)
  try {
    return read(fd, fstatSync(fd))
  } finally {
    closeSync(fd)
  }
}

/** What is in the file, if its owner is the one of the bundle and nobody else may write it, and if it is whole: V8 does not check that. */
const readCache = (file, owner, room) => {
  try {
    return withFile(file, (fd, { uid, mode, size }) => {
      if (uid !== owner || (mode & 0o022) !== 0) return undefined
      const content = readInto(room, fd, size)
      const data = content.subarray(digestLength)
      return digestOf(data).equals(content.subarray(0, digestLength)) ? data : undefined
    })
  } catch {
    return undefined
  }
}

/** What processes left that were killed while they wrote it. One that is writing it now does without: its file is as good as ours. */
const removeLeft = (file) => {
  const start = `${basename(file)}.`
  for (const name of readdirSync(dirname(file))) if (name.startsWith(start)) rmSync(join(dirname(file), name), { force: true })
}

/** By way of a file beside it: another start finds the old one, the new one, or none. */
const writeCache = (file, data) => {
  const aside = `${file}.${process.pid}`
  try {
    removeLeft(file)
    writeFileSync(aside, Buffer.concat([digestOf(data), data]), { flag: 'wx', mode: 0o644 })
    renameSync(aside, file)
  } catch {
    // A folder that cannot be written, or a full disk: then the next start compiles again.
    rmSync(aside, { force: true })
  }
}

/** Only the owner of the bundle writes beside it. Windows knows no such number. */
const isOwner = (owner) => process.getuid === undefined || process.getuid() === owner

/**
 * Runs the bundle, which is a function as of a CommonJS module, and calls the function of that name that it exports, with another function: this writes what V8 has compiled up to then,
 * unless it was read from such a file. In the bundle, `bundleUrl` is its location.
 */
export const runCached = (bundle, name) => {
  const { bytes, owner } = withFile(bundle, (fd, { uid, size }) => ({ bytes: readInto(Buffer.alloc(0), fd, size), owner: uid }))
  // The text is ASCII, and so takes one byte for each character in memory too.
  const text = bytes.latin1Slice()
  const file = cacheFile(bundle, text)
  const cachedData = readCache(file, owner, bytes)
  const script = new Script(text, { filename: bundle, cachedData })
  const module = { exports: {} }
  script.runInThisContext()(module.exports, createRequire(bundle), module, pathToFileURL(bundle).href)
  return module.exports[name](() => {
    const isRead = cachedData !== undefined && script.cachedDataRejected !== true
    if (!isRead && isOwner(owner)) writeCache(file, script.createCachedData())
  })
}
