// The devices of fleet.e2e.mjs: `fogbell simulate` in a process of its own, which prints the outcome of each device at the end.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** Starts it at once. */
export const createFleet = ({ devices, product, seed, version, faults, perSecond, ask }) => {
  const options = { devices, product, seed, version, faults, ask, 'connects-per-second': perSecond }
  const args = ['simulate', ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]), '--json']
  const child = spawn('fogbell', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  const summaries = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.includes('"event":"summary"')) summaries.push(JSON.parse(line))
  })
  process.once('exit', () => child.kill())
  return {
    /** `{device, fault}` of each. */
    plan: async () => {
      const { planFleet } = await import('../../dist/simulate/plan.js')
      return planFleet({ devices, product, seed, version, faults }).devices.map(({ name, fault }) => ({
        device: `${product}/${name}`,
        fault,
      }))
    },
    /** `{device, fault, version, outcome}` of each. */
    stop: async () => {
      child.kill('SIGINT')
      await closed
      return summaries
    },
  }
}
