// The tests of the web page in a real browser, against real servers: `npm run test:page`. They need Debian's chromium.

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/page/**/*.page.ts'],
    environment: 'node',
    pool: 'forks',
    // A browser takes both processors of a small machine.
    maxWorkers: 1,
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
