// How the tests run: real files and sockets in forked processes, two at a time, so that the suite suits a small machine.
// Knows no test by name; test/global-setup.ts builds dist/ before them, for tests that start workers or processes.

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    globalSetup: ['test/global-setup.ts'],
    pool: 'forks',
    // Nothing of ours holds state at module level: files share a process, and what it has loaded.
    isolate: false,
    maxWorkers: 2,
    testTimeout: 10_000,
    hookTimeout: 10_000,
    teardownTimeout: 5_000,
    restoreMocks: true,
    unstubEnvs: true,
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text', 'json-summary'] },
  },
})
