// A plugin for bundles: modules of Node.js that a dependency names at its top, and uses only in what a server never asks of it, are loaded when
// they are first used.

/** Each costs several milliseconds of a start. `http2`: Fastify, with an option that this server does not set. */
const late = /^(?:node:)?http2$/

/** Calls `require` itself, which is left as it is. */
const contents = (name) => `
  let loaded
  module.exports = new Proxy({}, {
    get: (_none, member) => {
      if (loaded === undefined) loaded = require(${JSON.stringify(name)})
      return loaded[member]
    },
  })`

/** For dependencies in CommonJS that read members of the module when they need them. */
export const lateModules = {
  name: 'late-modules',
  setup(bundling) {
    bundling.onResolve({ filter: late }, ({ kind, namespace, path }) =>
      kind === 'require-call' && namespace === 'file' ? { path, namespace: 'late' } : undefined,
    )
    bundling.onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({ contents: contents(path) }))
  },
}
