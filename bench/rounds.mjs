// Rounds: contestants in turn, A B C A B C …, one at a time under the same load; medians over the rounds. The first turn of each
// only warms up.

import { cpuSeconds, sleep } from './children.mjs'
import { median, microseconds, milliseconds, perSecond, table } from './figures.mjs'
import { inRounds, say } from './part.mjs'

const turn = async (load, contestant, kind, manner) => {
  const before = await cpuSeconds(contestant.pids)
  const result = await load.run(contestant.name, kind, manner)
  const cpu = (await cpuSeconds(contestant.pids)) - before
  // Work that a contestant does after its answers, such as a compaction, must not fall into the next one's turn.
  await sleep(200)
  return { ...result, cpu: (cpu / result.all) * 1e6 }
}

const middle = (results) => ({
  ...Object.fromEntries(['rate', 'p50', 'p99', 'cpu', 'busy'].map((name) => [name, median(results.map((each) => each[name]))])),
  rates: results.map((each) => each.rate),
})

/** Gives for each contestant, by name, the medians of `rate`, `p50`, `p99`, `cpu` (µs of processor a message) and `busy`. */
export const alternate = async (load, contestants, kind, { rounds, ...manner }) => {
  for (const contestant of contestants) await turn(load, contestant, kind, { ...manner, seconds: 1.5 })
  const results = new Map(contestants.map(({ name }) => [name, []]))
  say(`${kind}, ${contestants.map(({ name }) => name).join(', ')}`)
  await inRounds(rounds, async () => {
    for (const contestant of contestants) results.get(contestant.name).push(await turn(load, contestant, kind, manner))
  })
  return Object.fromEntries([...results].map(([name, each]) => [name, middle(each)]))
}

/** The figures of all contestants as a table. */
export const detailed = (figures) =>
  table(
    ['server', 'rate', 'p50', 'p99', 'its processor time a message', 'generator busy', 'rates of the rounds'],
    Object.entries(figures).map(([name, { rate, p50, p99, cpu, busy, rates }]) => [
      name,
      perSecond(rate),
      milliseconds(p50),
      milliseconds(p99),
      microseconds(cpu),
      `${Math.round(busy * 100)} %`,
      rates.map((each) => Math.round(each)).join(' '),
    ]),
  )
