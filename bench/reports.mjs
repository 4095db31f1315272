// Durable QoS 1 reports a second: progress reports of devices with an open task each, every one on disk before its PUBACK, against a
// bare Aedes and mosquitto, which record nothing. Usage: node bench/reports.mjs

import { join } from 'node:path'
import { startAedes } from './contestants/aedes.mjs'
import { startFogbell } from './contestants/fogbell.mjs'
import { startMosquitto } from './contestants/mosquitto.mjs'
import { perSecond, row } from './figures.mjs'
import { startLoad } from './load/load.mjs'
import { inDirectory, runAlone } from './part.mjs'
import { alternate, detailed } from './rounds.mjs'

const devices = Number(process.env.DEVICES ?? 200)
const manner = { window: Number(process.env.WINDOW ?? 20), seconds: 3, warm: 0.5, rounds: Number(process.env.ROUNDS ?? 5) }

/** Every report must have been read, applied and written, or the rate means nothing. */
const check = async (fogbell) => {
  const dropped = await fogbell.counts('fogbell_uplinks_dropped_total')
  if (Object.keys(dropped).length > 0) throw new Error(`fogbell dropped reports: ${JSON.stringify(dropped)}`)
  const { items } = await fogbell.admin('GET', '/tasks?limit=1000')
  const untouched = items.filter((task) => task.state !== 'in_progress' || task.step === null)
  if (untouched.length > 0) throw new Error(`${untouched.length} tasks are not in progress after their reports`)
}

export const reports = () =>
  inDirectory(async (directory, keep) => {
    const fogbell = keep(await startFogbell(join(directory, 'fogbell'), devices))
    const aedes = keep(await startAedes())
    const mosquitto = keep(await startMosquitto(join(directory, 'mosquitto')))
    const load = keep(startLoad())
    const contestants = [fogbell, aedes, mosquitto]
    for (const { name, port } of contestants) await load.open(name, port, fogbell.devices, false)
    const figures = await alternate(load, contestants, 'reports', manner)
    await check(fogbell)
    const ours = figures.fogbell.rate
    const against = (name, wanted) =>
      row(
        `durable QoS 1 reports, beside ${name === 'aedes' ? 'a bare Aedes' : "mosquitto's QoS 1"}`,
        perSecond(ours),
        perSecond(figures[name].rate),
        ours / figures[name].rate,
        wanted,
      )
    const detail = `Reports: ${devices} connections, ${manner.window} in flight on each, ${manner.rounds} rounds of ${manner.seconds} s.\n\n${detailed(figures)}`
    return { rows: [against('aedes', 0.6), against('mosquitto', 0.8)], details: [detail] }
  })

await runAlone(import.meta.url, reports)
