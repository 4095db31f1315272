// What a campaign is decided with, gathered from the store: its packages, and the steps that other campaigns offer.

import type { Campaign, Firmware, Task } from '../model.ts'
import { byName, type Offered, type Scope } from '../rules/campaign.ts'
import { packageFor, packagesLike } from '../rules/chains.ts'
import type { Core } from './core.ts'

const isOffering = ({ status }: Campaign): boolean => status === 'running' || status === 'paused'

const stepsOf = (core: Core, campaign: Campaign): readonly Offered[] => {
  const steps: Offered[] = []
  for (const other of core.store.reads.campaigns()) {
    if (other.id === campaign.id || other.product !== campaign.product || other.module !== campaign.module || !isOffering(other)) continue
    for (const firmware of packagesOf(core, other))
      steps.push({
        campaign: other.id,
        sources: sourcesWithin(other, firmware),
        to: other.version,
        admits: (device) => byName(other, device) === null,
      })
  }
  return steps
}

/** What the target names and the package takes; a list of one impossible version where they share none. */
const sourcesWithin = ({ target }: Campaign, { from }: Firmware): readonly string[] => {
  if (from.length === 0) return target.from
  if (target.from.length === 0) return from
  const both = from.filter((version) => target.from.includes(version))
  return both.length === 0 ? [''] : both
}

/** The packages of the campaign's version, the one it names among them; none where that one is gone. */
export const packagesOf = (core: Core, campaign: Pick<Campaign, 'firmware'>): readonly Firmware[] => {
  const named = core.store.reads.firmware(campaign.firmware)
  return named === undefined ? [] : packagesLike(named, core.store.reads.firmwares())
}

export const scopeOf = (core: Core, campaign: Campaign): Scope => {
  const packages = packagesOf(core, campaign)
  return { campaign, packages, steps: packages.every(({ from }) => from.length > 0) ? stepsOf(core, campaign) : [] }
}

/** The task with the package that fits `version`, where that is another one than it was made with. */
export const withPackageFor = (core: Core, task: Task, version: string | null): Task => {
  const campaign = core.store.reads.campaign(task.campaign)
  const fitting = campaign && packageFor(packagesOf(core, campaign), version)
  if (campaign === undefined || fitting === undefined || fitting.id === task.firmware) return task
  return { ...task, firmware: fitting.id, size: fitting.size, sources: sourcesWithin(campaign, fitting) }
}
