// Whether this Node is too old. An older one must be able to read this file, and each that asks here first: no syntax here that came later.

const found = process.versions.node
const [major, minor] = found.split('.').map(Number)

/** Ends with one line and status 1. */
export const fail = (text) => {
  process.stderr.write(`${text}\n`)
  process.exitCode = 1
}

/** Whether it is too old: then it has been said. */
export const isRefused = () => {
  const isOld = major < 20 || (major === 20 && minor < 19)
  if (isOld)
    fail(`fogbell needs Node 20.19 or later, and this is Node ${found} (${process.execPath}): install a newer one, https://nodejs.org`)
  return isOld
}
