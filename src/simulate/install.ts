// One update of one unit, from the push to the flash: progress 0, download, verify, burn, progress 100 (protocol.md §4).
// Knows which reports a unit sends, not how it is connected or when it boots.

import { download } from './download.ts'
import { createFlashImage, type FlashImage } from './flash-image.ts'
import { createProgress, type Progress } from './outgoing-reports.ts'
import { pause } from './pause.ts'
import type { SimulatedUnit } from './unit.ts'
import type { Order } from './wire.ts'

export interface InstallOptions {
  readonly style: 'whole' | 'ranges'
  /** Largest range, bytes; small images are fetched in ten ranges. */
  readonly chunkBytes: number
  readonly bytesPerSecond: number
  readonly insecure: boolean
  /** PEM of authorities to trust besides those of the system; null: no others. */
  readonly ca: string | null
  readonly flashMs: number
  readonly retryMs: number
  /** Aborted with the connection: the download resumes with the next push. */
  readonly signal: AbortSignal
  /** Aborted only when the fleet stops: once the image was fetched, flashing needs no connection. */
  readonly power: AbortSignal
  /** Sends an `upgrade.post`; false if the connection died before it was acknowledged. */
  readonly report: (step: number, desc: string, raw: boolean) => Promise<boolean>
  readonly emit: (event: string, detail: Readonly<Record<string, string | number>>) => void
}

/** `died`: the unit's fault cut the power. `lost`: the connection (or the fleet) ended during the update. */
export type InstallResult =
  | { readonly kind: 'flashed' | 'died' | 'lost' }
  | { readonly kind: 'failed'; readonly step: number; readonly desc: string }

const failed = async (step: number, desc: string, raw: boolean, { report }: InstallOptions): Promise<InstallResult> => {
  await report(step, desc, raw)
  return { kind: 'failed', step, desc }
}

const beginImage = (unit: SimulatedUnit, order: Order): FlashImage => {
  const begun = unit.begun.get(order.module)
  const image = begun?.continues(order) === true ? begun : createFlashImage(order, unit.plan.traits.corrupts)
  unit.begun.set(order.module, image)
  return image
}

/** Reports every ten percent, up to 99: 100 is reported after verifying. */
const createTicks = (image: FlashImage, size: number, progress: Progress): (() => Promise<void>) => {
  let next = Math.floor((image.received() / size) * 10) * 10 + 10
  return async () => {
    const percent = Math.min(99, Math.floor((image.received() / size) * 100))
    if (percent < next) return
    next = Math.floor(percent / 10) * 10 + 10
    await progress.report(percent)
  }
}

/** Where power fails: at the end of a range, so that exactly this many bytes were requested. */
const deathAt = (unit: SimulatedUnit, order: Order): number | null =>
  unit.plan.traits.diesAt === null || unit.hasDied ? null : Math.floor((order.size * unit.plan.traits.diesAt) / 100)

const fetchImage = async (
  unit: SimulatedUnit,
  order: Order,
  image: FlashImage,
  progress: Progress,
  options: InstallOptions,
): Promise<InstallResult | null> => {
  const death = deathAt(unit, order)
  options.emit('downloading', { task: order.taskId, from: image.received(), size: order.size })
  const result = await download(image, {
    url: order.url,
    style: death === null ? options.style : 'ranges',
    chunkBytes: Math.min(options.chunkBytes, Math.max(512, Math.ceil(order.size / 10))),
    until: death ?? order.size,
    bytesPerSecond: options.bytesPerSecond,
    insecure: options.insecure,
    ca: options.ca,
    retryMs: options.retryMs,
    signal: options.signal,
    onBytes: createTicks(image, order.size, progress),
  })
  if (result.kind === 'aborted') return { kind: 'lost' }
  if (result.kind === 'failed') return failed(-2, result.why, false, options)
  return death === null ? null : { kind: 'died' }
}

const burn = async (unit: SimulatedUnit, options: InstallOptions): Promise<InstallResult | null> => {
  const { fails } = unit.plan.traits
  if (!(await pause(options.flashMs, options.power))) return { kind: 'lost' }
  return fails === null ? null : await failed(fails.step, fails.desc, fails.raw, options)
}

const begin = async (unit: SimulatedUnit, progress: Progress, options: InstallOptions): Promise<InstallResult | null> => {
  const { fails } = unit.plan.traits
  if (fails?.step === -5) return failed(fails.step, fails.desc, fails.raw, options)
  return (await progress.report(0)) ? null : { kind: 'lost' }
}

const verify = async (image: FlashImage, options: InstallOptions): Promise<InstallResult | null> => {
  const fault = image.fault()
  return fault === null ? null : await failed(-3, fault, false, options)
}

/** Follows an order until the image is flashed. Never rejects. */
export const install = async (unit: SimulatedUnit, order: Order, options: InstallOptions): Promise<InstallResult> => {
  const progress = createProgress(unit.plan.traits, (step) => options.report(step, '', false))
  const begun = await begin(unit, progress, options)
  if (begun !== null) return begun
  const image = beginImage(unit, order)
  const ended = (await fetchImage(unit, order, image, progress, options)) ?? (await verify(image, options)) ?? (await burn(unit, options))
  // Only a download resumes where it broke off; after a later failure the image is fetched again.
  if (ended?.kind === 'failed' && ended.step !== -2) unit.begun.delete(order.module)
  if (ended !== null) return ended
  // Acknowledged or not: it is flashed, and the unit reboots.
  if (await progress.flush()) if (await progress.report(100)) await progress.flush()
  return { kind: options.power.aborted ? 'lost' : 'flashed' }
}
