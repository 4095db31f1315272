// Session stores meet the contract that aedes-persistence publishes: Fogbell's, read from disk for each query, and
// aedes-persistence-level, for comparison. The cases that Fogbell's leaves out are listed here.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const timeout = 60_000

interface Report {
  readonly passed: number
  readonly failed: readonly string[]
  readonly skipped: readonly string[]
}

/** Runs a test script with Node's test runner. */
const run = async (script: string): Promise<Report> => {
  const path = fileURLToPath(new URL(`contract/${script}`, import.meta.url))
  const lines = await new Promise<readonly string[]>((resolve) => {
    execFile(process.execPath, ['--test-reporter=tap', path], { timeout, maxBuffer: 1 << 24 }, (_error, stdout) =>
      resolve(stdout.split('\n')),
    )
  })
  const named = (pattern: RegExp): readonly string[] => lines.flatMap((line) => pattern.exec(line)?.[1] ?? [])
  return {
    passed: Number(named(/^# pass (\d+)$/)[0]),
    failed: named(/^not ok \d+ - (.*)$/),
    skipped: named(/^ok \d+ - (.*?) # SKIP/),
  }
}

test('our session store meets the contract on disk, except for four cases', { timeout }, async () => {
  expect(await run('ours.mjs')).toEqual({
    passed: 46,
    failed: [],
    skipped: [
      'store and look up a subscription with an MQTT 5.0 subscription identifier',
      'add outgoing packet as a string and stream',
      'update to publish w/ same messageId',
      'add incoming packet, get it, and clear with messageId',
    ],
  })
})

test('aedes-persistence-level meets it too', { timeout }, async () => {
  expect(await run('reference.mjs')).toEqual({ passed: 50, failed: [], skipped: [] })
})
