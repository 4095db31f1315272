// How the tests run: with real files and sockets, in two forked processes at a time, so that the suite fits a small machine.
// test/global-setup.ts builds dist/ first if a chosen test starts a worker or a process.

import { configDefaults, defineConfig } from 'vitest/config'

/** Those that take longest, and check what seldom changes: played with FULL=1, as .ci/run does, so that `npm test` takes less than three minutes. */
const long = [
  'test/bin/{bin,code-cache}.test.ts',
  'test/conformance/{isolation,restart}.test.ts',
  'test/download/{damage,many-clients,progress,takeover}.test.ts',
  'test/e2e/{boot,crowd,damaged-data,data-of-0.1.0,descriptors,log-output,lying-gateway,names,odd-data,pipeline,places,queue,station-kills}.test.ts',
  'test/house/walls-matrix.test.ts',
  'test/lan/announcement.test.ts',
  'test/mqtt/topics/topic-tree.test.ts',
  'test/offline/{certs,directories,migrate-aedes}.test.ts',
  'test/offline/doctor/planted.test.ts',
  'test/mqtt/wire/reader-properties.test.ts',
  'test/ota/{fleet,rates,why}.test.ts',
  'test/ota/dialects/kept-texts.test.ts',
]

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(process.env['FULL'] === '1' ? [] : long)],
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
