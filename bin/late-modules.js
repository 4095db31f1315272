// A plugin for bundles, for what a dependency names and uses only in what a server never asks of it: modules of Node.js are loaded when they are
// first used, and packages are left out.

/** Each costs several milliseconds of a start. `http2`: Fastify, with an option that this server does not set. */
const late = /^(?:node:)?http2$/

/** Fastify's own compilers of schemas, in whose place others are set, its answers without a socket, and descriptions of the API as YAML. */
const absent = /^(?:@fastify\/(?:ajv|fast-json-stringify)-compiler|light-my-request|yaml)$/

const absentContents = (name) => `
  const absent = () => {
    throw new Error(${JSON.stringify(`the program was bundled without ${name}`)})
  }
  module.exports = new Proxy(absent, { get: absent, apply: absent })`

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
    bundling.onResolve({ filter: absent }, ({ kind, path }) => (kind === 'require-call' ? { path, namespace: 'unused' } : undefined))
    bundling.onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({ contents: absentContents(path) }))
  },
}
