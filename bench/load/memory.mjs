// The memory of the server under the fuzz: a line a minute, and what it says about the whole run. Growth by design (a record for each device)
// is taken off; what is left must be level.

import { sleep } from '../children.mjs'

const mib = (bytes) => (bytes / 2 ** 20).toFixed(1)
const signed = (value) => `${value < 0 ? '' : '+'}${value.toFixed(1)}`

/** What a device takes in memory by design, about: its record, its modules and tags, its place in lists. */
const deviceBytes = 3000
/** The largest rise of the heap, MiB an hour. The least of several minutes is still inaccurate by about 1 MiB. */
export const bound = 20

const leastOf = (samples, field) => samples.reduce((least, each) => (each[field] < least[field] ? each : least))

const minuteLine = ({ seconds, samples, findings }) => {
  const last = samples.at(-1)
  const heap = leastOf(samples, 'heap')
  return `${String(Math.round(seconds / 60)).padStart(3)} min  resident ${mib(last.rss)}  heap least ${mib(heap.heap)} last ${mib(last.heap)}  outside ${mib(last.external)} MiB  devices ${last.devices}  connections ${last.connections}  faults ${findings.faults()}`
}

/** Reads the metrics every 5 s until the signal aborts; gives the samples, each with `at` in seconds. */
export const sampled = async ({ server, signal, findings, every = 5000 }) => {
  const samples = []
  const began = performance.now()
  let minute = []
  while (!signal.aborted) {
    const at = (performance.now() - began) / 1000
    const reading = await server.readings().catch((error) => findings.fault('metrics', error.message))
    if (reading !== undefined) samples.push({ at, ...reading })
    if (reading !== undefined) minute.push(reading)
    if (minute.length >= 60_000 / every) {
      console.log(minuteLine({ seconds: at, samples: minute, findings }))
      minute = []
    }
    await sleep(every)
  }
  return samples
}

/** Those of the time; all of them in a run that is too short for that. */
const window = (samples, from, to) => {
  const found = samples.filter(({ at }) => at >= from && at <= to)
  return found.length > 0 ? found : samples
}

const rise = (early, late, field, devices) => {
  const hours = (late.at - early.at) / 3600
  return (late[field] - early[field] - devices) / 2 ** 20 / hours
}

/** The second sixth of the run with its last sixth: with 30 minutes, the minutes 5 to 10 and 25 to 30. */
export const verdict = (samples, seconds, collections) => {
  const [before, after] = [window(samples, seconds / 6, seconds / 3), window(samples, (seconds * 5) / 6, seconds)]
  const [early, late] = [leastOf(before, 'heap'), leastOf(after, 'heap')]
  const devices = late.devices - early.devices
  const heap = rise(early, late, 'heap', devices * deviceBytes)
  const [resident, residentLate] = [leastOf(before, 'rss'), leastOf(after, 'rss')]
  const [first, last] = collections
  return {
    level: heap <= bound,
    lines: [
      `heap in use, least: ${mib(early.heap)} MiB in minutes ${(seconds / 360).toFixed(0)} to ${(seconds / 180).toFixed(0)}, ${mib(late.heap)} MiB at the end; ${signed(devices)} devices`,
      `resident, least: ${mib(resident.rss)} MiB, then ${mib(residentLate.rss)} MiB: ${signed(rise(resident, residentLate, 'rss', 0))} MiB an hour`,
      `after full collections: heap ${mib(first.heapUsed)} and ${mib(last.heapUsed)} MiB, outside ${mib(first.external)} and ${mib(last.external)}, resident ${mib(first.rss)} and ${mib(last.rss)}`,
      `rise of the heap without the devices: ${signed(heap)} MiB an hour, at most ${bound}`,
    ],
  }
}
