// Whether the disk of the data directory can take more: free space, inodes, and whether it can be written at all. Writes nothing.

import { access, constants, statfs } from 'node:fs/promises'
import { doubtful, type Finding, faulty, fine } from '../../finding.ts'
import { sentence } from '../../sentences/sentence.ts'
import { codeOf } from '../file-faults.ts'
import { shellWord } from './shell-word.ts'

/** What the system says of a file system. */
export interface DiskReading {
  readonly free: number
  readonly size: number
  readonly freeInodes: number
  /** 0: it has no bound. */
  readonly inodes: number
  readonly readOnly: boolean
}

const GiB = 2 ** 30
/** The store probes with as much before it trusts a disk that was full. */
const leastBytes = 4 * 2 ** 20

const tenths = (value: number): number => Math.floor(value * 10) / 10

/** Little of a small disk, or little at all. */
const isLow = ({ free, size }: DiskReading): boolean => free < GiB || free < size / 10

const spaceFinding = (dir: string, reading: DiskReading): Finding => {
  const { free, size } = reading
  const [unit, bytes] = size < 10 * GiB ? (['MiB', 2 ** 20] as const) : (['GiB', GiB] as const)
  const figures = { dir, free: tenths(free / bytes), size: tenths(size / bytes), unit }
  const remedy = sentence('doctor_try_free', { dir: shellWord(dir) })
  if (free < leastBytes) return faulty('disk', sentence('doctor_disk_full', figures), remedy)
  return isLow(reading) ? doubtful('disk', sentence('doctor_disk_low', figures), remedy) : fine('disk', sentence('doctor_disk_ok', figures))
}

export const diskFindings = (dir: string, reading: DiskReading): readonly Finding[] => {
  const found: Finding[] = []
  if (reading.readOnly)
    found.push(faulty('disk', sentence('doctor_disk_read_only', { dir }), sentence('doctor_try_remount', { dir: shellWord(dir) })))
  found.push(spaceFinding(dir, reading))
  if (reading.inodes > 0 && reading.freeInodes < 100)
    found.push(
      faulty(
        'disk',
        sentence('doctor_disk_inodes', { dir, free: reading.freeInodes }),
        sentence('doctor_try_inodes', { dir: shellWord(dir) }),
      ),
    )
  return found
}

/** Rejects where there is no such directory. */
export const readDisk = async (dir: string): Promise<DiskReading> => {
  const { bsize, bavail, blocks, files, ffree } = await statfs(dir)
  const refused = await access(dir, constants.W_OK).then(() => '', codeOf)
  return { free: bavail * bsize, size: blocks * bsize, freeInodes: ffree, inodes: files, readOnly: refused === 'EROFS' }
}
