// Whether the machine's clock can be right: not behind what is stored, nor behind the program itself; and whether anything sets it.

import { execFile } from 'node:child_process'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { doubtful, type Finding, faulty, fine } from '../../finding.ts'
import { sentence } from '../../sentences/sentence.ts'

/** Times are milliseconds since the epoch; null: not known. */
export interface ClockReading {
  readonly now: number
  /** When the server last recorded that it was running, or its clock now. */
  readonly stored: number | null
  /** Of the newest file in the data directory. */
  readonly newestFile: number | null
  /** Of the program's file. */
  readonly program: number | null
  /** Whether the system's clock is synchronized. */
  readonly synchronized: boolean | null
}

/** Clocks are set back by less than this without any fault. */
const slackMs = 60_000

const isoOf = (at: number): string => new Date(at).toISOString()

const behind = ({ now, stored, newestFile, program }: ClockReading): Finding | null => {
  const remedy = sentence('doctor_try_clock')
  const late = (at: number | null): at is number => at !== null && at - now > slackMs
  if (late(stored)) return faulty('clock', sentence('doctor_clock_behind_store', { now: isoOf(now), stored: isoOf(stored) }), remedy)
  if (late(newestFile))
    return faulty('clock', sentence('doctor_clock_behind_files', { now: isoOf(now), newest: isoOf(newestFile) }), remedy)
  if (late(program)) return faulty('clock', sentence('doctor_clock_behind_program', { now: isoOf(now), program: isoOf(program) }), remedy)
  return null
}

export const clockFindings = (reading: ClockReading): readonly Finding[] => {
  const fault = behind(reading)
  if (fault !== null) return [fault]
  if (reading.synchronized === false)
    return [doubtful('clock', sentence('doctor_clock_unsynchronized'), sentence('doctor_try_synchronize'))]
  return [
    fine(
      'clock',
      sentence('doctor_clock_ok', { now: isoOf(reading.now), synchronized: reading.synchronized === true ? 'yes' : 'unknown' }),
    ),
  ]
}

const timeOf = (file: string): Promise<number | null> =>
  stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  )

/** The newest of the files that a server writes. */
const newestIn = async (dataDir: string): Promise<number | null> => {
  const files = ['', 'store', 'images'].map(async (part) => {
    const directory = join(dataDir, part)
    const names = await readdir(directory).catch(() => [])
    return await Promise.all(names.map((name) => timeOf(join(directory, name))))
  })
  const times = (await Promise.all(files)).flat().filter((at) => at !== null)
  return times.length === 0 ? null : times.reduce((newest, at) => Math.max(newest, at), 0)
}

const isSynchronized = async (): Promise<boolean | null> => {
  const asked = promisify(execFile)('timedatectl', ['show', '--property=NTPSynchronized', '--value'], { timeout: 2000 })
  const answer = await asked.then(
    ({ stdout }) => stdout.trim(),
    () => '',
  )
  return answer === 'yes' ? true : answer === 'no' ? false : null
}

export const readClock = async (dataDir: string, program: string, now: number, stored: number | null): Promise<ClockReading> => {
  const [newestFile, ofProgram, synchronized] = await Promise.all([newestIn(dataDir), timeOf(program), isSynchronized()])
  return { now, stored, newestFile, program: ofProgram, synchronized }
}
