// How the tests run: with real files and sockets, in two forked processes at a time, so that the suite fits a small machine.
// Knows no test by name. test/global-setup.ts builds dist/ first if a chosen test starts a worker or a process.

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    // Times are shown in the zone of the machine.
    env: { TZ: 'UTC' },
    globalSetup: ['test/global-setup.ts'],
    pool: 'forks',
    // Our modules hold no state, so test files can share a process and the modules that it has loaded.
    isolate: false,
    maxWorkers: 2,
    // What is built runs as it is.
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: 10_000,
    hookTimeout: 10_000,
    teardownTimeout: 5_000,
    restoreMocks: true,
    unstubEnvs: true,
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text', 'json-summary'] },
  },
})
