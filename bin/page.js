// Builds the web page of src/ui/ into one file, page.json, from which a server answers out of memory. `node bin/page.js --dev URL` serves it
// with hot reload in front of a running server instead.

import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { constants, gzipSync } from 'node:zlib'

const root = fileURLToPath(new URL('../src/ui', import.meta.url))

const types = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  json: 'application/json',
}

const options = {
  root,
  configFile: false,
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    write: false,
    target: 'es2022',
    // One attribute that a content security policy would refuse, and not needed by what can run the rest.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rollupOptions: { input: { index: join(root, 'index.html'), worker: join(root, 'api/live-worker.ts') } },
  },
}

const bytesOf = ({ code, source }) => Buffer.from(code === undefined ? source : code)

/** The worker has a fixed name, since two pages share it only under one address. */
const named = {
  entryFileNames: ({ name }) => (name === 'worker' ? 'assets/worker.js' : 'assets/[name]-[hash].js'),
}

const fileOf = (output) => {
  const bytes = bytesOf(output)
  const gzip = gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION })
  return {
    type: types[output.fileName.split('.').pop()],
    etag: createHash('sha256').update(bytes).digest('base64url').slice(0, 22),
    body: bytes.toString('base64'),
    // Not of what would grow.
    gzip: gzip.length < bytes.length ? gzip.toString('base64') : null,
  }
}

const write = (folder, output) => {
  const icon = { fileName: 'favicon.svg', source: readFileSync(join(root, 'public/favicon.svg')) }
  const sorted = [...output, icon].sort((a, b) => (a.fileName < b.fileName ? -1 : 1))
  const files = Object.fromEntries(sorted.map((file) => [`/${file.fileName}`, fileOf(file)]))
  writeFileSync(join(folder, 'page.json'), JSON.stringify(files))
}

/** The screen of a test station shares no script with the page: each of the two loads what it needs, in as few files as can be. */
const inputs = [options.build.rollupOptions.input, { station: join(root, 'station.html') }]

/** Writes page.json into the folder. The same sources make the same bytes. */
export const buildPage = (folder) => {
  if (!existsSync(root)) return Promise.resolve()
  // Whoever builds it, a test runner too: else libraries keep what only developers need.
  process.env.NODE_ENV = 'production'
  const given = (input) => ({ ...options, build: { ...options.build, rollupOptions: { input, output: named } } })
  return import('vite')
    .then(({ build }) => Promise.all(inputs.map((input) => build(given(input)))))
    .then((built) =>
      write(
        folder,
        built.flatMap(({ output }) => output),
      ),
    )
}

/** The shared worker by the name that it has in a build. */
const worker = {
  name: 'worker',
  configureServer({ middlewares }) {
    middlewares.use((request, _response, next) => {
      if (request.url === '/assets/worker.js') request.url = '/api/live-worker.ts'
      if (/^\/station\/[^/.]*$/.test(request.url)) request.url = '/station.html'
      next()
    })
  },
}

const serve = (server, port) => {
  // Its scripts for hot reload are inline and its addresses others: cross-site rules are met by passing the server's own host on. Not all of
  // /api, where the page's own sources are.
  const proxy = { '/api/v1/': { target: server, changeOrigin: true, headers: { origin: new URL(server).origin } } }
  const given = { ...options, logLevel: 'info', plugins: [worker], server: { host: '127.0.0.1', port, strictPort: true, proxy } }
  return import('vite')
    .then(({ createServer }) => createServer(given))
    .then((dev) => dev.listen())
    .then((dev) => dev.printUrls())
}

const [, called = '', flag, server = 'http://127.0.0.1:8080', port = '5173'] = process.argv
if (basename(called) === 'page.js' && flag === '--dev') serve(server, Number(port))
