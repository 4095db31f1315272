// Durable QoS 1 reports a second: progress reports of devices with an open task each, and versions of devices without one, every one on disk
// before its PUBACK, against a bare Aedes and mosquitto, which record nothing. Usage: node bench/reports.mjs

import { join } from 'node:path'
import { startAedes } from './contestants/aedes.mjs'
import { startFogbell } from './contestants/fogbell.mjs'
import { startMosquitto } from './contestants/mosquitto.mjs'
import { microseconds, perSecond, row } from './figures.mjs'
import { startLoad } from './load/load.mjs'
import { inDirectory, runAlone } from './part.mjs'
import { alternate, detailed } from './rounds.mjs'

const devices = 1000
/** Gateways and bridges, with many reports in flight on each connection; some with fewer; and single devices, which wait for each PUBACK. */
const bulk = { connections: 200, window: 20, seconds: 2.5, warm: 0.5, rounds: 5 }
const some = { connections: 100, window: 10, seconds: 2, warm: 0.5, rounds: 5 }
const single = { connections: devices, window: 1, seconds: 1.5, warm: 0.5, rounds: 5 }

const versions = { ...single, rounds: 3 }

/** Every report must have been read, applied and written, or the rate means nothing. */
const check = async (fogbell) => {
  const dropped = await fogbell.counts('fogbell_uplinks_dropped_total')
  if (Object.keys(dropped).length > 0) throw new Error(`fogbell dropped reports: ${JSON.stringify(dropped)}`)
  const { items } = await fogbell.admin('GET', '/tasks?limit=1000')
  const untouched = items.filter((task) => task.state !== 'in_progress' || task.step === null)
  if (untouched.length > 0) throw new Error(`${untouched.length} tasks are not in progress after their reports`)
}

/** Every device must have the last version that it reported. */
const checkVersions = async (fogbell, names) => {
  const dropped = await fogbell.counts('fogbell_uplinks_dropped_total')
  if (Object.keys(dropped).length > 0) throw new Error(`fogbell dropped versions: ${JSON.stringify(dropped)}`)
  const { items } = await fogbell.admin('GET', '/devices?limit=1000')
  const known = items.filter(({ modules }) => modules.default?.version.startsWith('1.0.'))
  if (known.length !== names.length) throw new Error(`${known.length} of ${names.length} devices have a version`)
}

/** A server with devices that have no tasks, in the place of the one with tasks. */
const versionFigures = async (directory, keep, load, peers) => {
  const names = Array.from({ length: devices }, (_, at) => ({ product: 'bench', name: `device-${String(at).padStart(5, '0')}` }))
  const fogbell = keep(await startFogbell(join(directory, 'versions'), devices, { campaign: false }))
  await load.open('fogbell', fogbell.port, names, false)
  const figures = await alternate(load, [fogbell, ...peers], 'versions', versions)
  await checkVersions(fogbell, names)
  return figures
}

const rowsOf = (many, few, one, changed) => {
  const against = (figures, name, what, wanted) =>
    row(what, perSecond(figures.fogbell.rate), perSecond(figures[name].rate), figures.fogbell.rate / figures[name].rate, wanted)
  const within = ({ fogbell }, what, most) =>
    row(`processor time of a report, ${what}, beside ${most} µs`, microseconds(fogbell.cpu), `${most} µs`, fogbell.cpu / most, 1, true)
  return [
    against(many, 'aedes', 'durable QoS 1 reports, against a bare Aedes, which records nothing', 0.6),
    against(many, 'mosquitto', 'durable QoS 1 reports, against mosquitto, which records nothing', 0.8),
    within(few, `${some.connections} connections with ${some.window} in flight`, 8),
    within(one, `${single.connections} connections with 1 in flight`, 35),
    against(one, 'mosquitto', `the same reports of ${single.connections} boards that wait for each PUBACK, against mosquitto`, 1),
    within(changed, `a version that changes, ${single.connections} connections with 1 in flight`, 35),
    against(changed, 'mosquitto', 'the same versions, against mosquitto', 1),
  ]
}

const describe = ({ connections, window, rounds, seconds }, figures, what = 'Reports') =>
  `${what}: ${connections} connections, ${window} in flight on each, ${rounds} rounds of ${seconds} s.\n\n${detailed(figures)}`

export const reports = () =>
  inDirectory(async (directory, keep) => {
    const fogbell = keep(await startFogbell(join(directory, 'fogbell'), devices))
    const aedes = keep(await startAedes())
    const mosquitto = keep(await startMosquitto(join(directory, 'mosquitto')))
    const load = keep(startLoad())
    const contestants = [fogbell, aedes, mosquitto]
    for (const { name, port } of contestants) await load.open(name, port, fogbell.devices, false)
    const figures = await alternate(load, contestants, 'reports', bulk)
    const fewer = await alternate(load, contestants, 'reports', some)
    const others = await alternate(load, contestants, 'reports', single)
    await check(fogbell)
    const changed = await versionFigures(directory, keep, load, [aedes, mosquitto])
    const ofProgress = [describe(bulk, figures), describe(some, fewer), describe(single, others)]
    return { rows: rowsOf(figures, fewer, others, changed), details: [...ofProgress, describe(versions, changed, 'Versions that change')] }
  })

await runAlone(import.meta.url, reports)
