// The tests of the web page in a real browser, against real servers: `npm run test:page`. They need Debian's chromium.

import { defineConfig } from 'vitest/config'

/** Those that measure times: nothing else runs beside them. */
const timed = ['busy', 'large', 'live', 'lost', 'notices', 'station'].map((name) => `test/page/${name}.page.ts`)
/** `only`: these; `without`: all others, two at a time. By default all, one after another. */
const which = process.env['TIMED']

export default defineConfig({
  test: {
    include: which === 'only' ? timed : ['test/page/**/*.page.ts'],
    exclude: which === 'without' ? timed : [],
    environment: 'node',
    pool: 'forks',
    // A browser takes both processors of a small machine where times are measured.
    maxWorkers: which === 'without' ? 2 : 1,
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
