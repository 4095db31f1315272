// Figures and how they are shown: medians, the machine, the table of required and measured ratios.

import { statfs } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** A row of the table: `wanted` is the least ratio that passes or, with `atMost`, the greatest. All others are texts. */
export const row = (what, ours, theirs, ratio, wanted, atMost = false) => ({
  what,
  ours,
  theirs,
  ratio: ratio.toFixed(2),
  wanted: `${atMost ? 'at most' : 'at least'} ${wanted}`,
  met: atMost ? ratio <= wanted : ratio >= wanted,
})

export const perSecond = (rate) => `${Math.round(rate).toLocaleString('en')}/s`
export const milliseconds = (ms) => `${ms.toPrecision(3)} ms`
export const microseconds = (us) => `${us.toPrecision(3)} µs`

const fileSystems = { 61267: 'ext4', 16914836: 'tmpfs', 2435016766: 'btrfs', 1481003842: 'xfs', 2035054128: 'overlay' }

/** What the figures depend on: processors, memory, Node and the file system under the data. */
export const machine = async () => {
  const all = cpus()
  const { type } = await statfs(tmpdir())
  const gib = Math.round(totalmem() / 2 ** 30)
  return `${all.length} × ${all[0]?.model ?? 'unknown processor'}, ${gib} GiB, ${process.platform} ${process.arch}, Node ${process.version}, data on ${fileSystems[type] ?? `a file system of type ${type.toString(16)}`}`
}

/** A markdown table. */
export const table = (heads, lines) =>
  [`| ${heads.join(' | ')} |`, `|${heads.map(() => '---').join('|')}|`, ...lines.map((line) => `| ${line.join(' | ')} |`)].join('\n')

export const verdicts = (rows) =>
  table(
    ['what', 'Fogbell', 'beside it', 'ratio', 'target', 'met'],
    rows.map(({ what, ours, theirs, ratio, wanted, met }) => [what, ours, theirs, ratio, wanted, met ? 'yes' : '**no**']),
  )

/** Prints a part's figures; used where a part runs alone. */
export const show = ({ rows, details }) => {
  console.log(`${verdicts(rows)}\n`)
  for (const detail of details) console.log(`${detail}\n`)
}
