// For tests of settings: a temporary directory, and the faults as lines.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { OtaError } from '../../src/errors.ts'
import type { Settings } from '../../src/settings.ts'
import { loadSettings, type ServeFlags } from '../../src/settings-load.ts'

export interface Given {
  readonly file?: unknown
  readonly env?: Record<string, string | undefined>
  readonly flags?: ServeFlags
}

export const createSettingsFixture = () => {
  const folder = mkdtempSync(join(tmpdir(), 'fogbell-settings-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const write = (name: string, content: unknown): string => {
    const path = join(folder, name)
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
    return path
  }

  const load = ({ file, env = {}, flags = {} }: Given): Settings =>
    loadSettings({ env, flags, file: file === undefined ? undefined : write('fogbell.json', file) })

  /** The faults as `path: message`. */
  const faults = (given: Given): readonly string[] => {
    try {
      load(given)
    } catch (thrown) {
      if (thrown instanceof OtaError && thrown.code === 'OTA_BAD_SETTINGS')
        return thrown.faults.map(({ path, message }) => `${path}: ${message}`)
      throw thrown
    }
    return []
  }

  return { folder, write, load, faults }
}
