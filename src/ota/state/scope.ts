// What decisions about a campaign need, gathered from the store: its packages, the steps that other campaigns offer, and who is a gateway.

import type { Campaign, Firmware, Task } from '../model.ts'
import type { Reads } from '../ports/store.ts'
import { packageFor, packagesLike } from '../rules/chains.ts'
import { byName, type Offered, type Scope, sourcesOf } from '../rules/eligibility.ts'
import type { Ports } from './context.ts'

/** What decisions about devices are made from. */
export type Deciding = Pick<Ports, 'reads' | 'families'>

/** Campaigns of stations have no targets, so that their packages are no steps for other campaigns. */
const isOffering = ({ status, station }: Campaign): boolean => station === undefined && (status === 'running' || status === 'paused')

const stepsOf = (reads: Reads, campaign: Campaign): readonly Offered[] => {
  const steps: Offered[] = []
  for (const other of reads.campaigns()) {
    if (other.id === campaign.id || other.product !== campaign.product || other.module !== campaign.module || !isOffering(other)) continue
    for (const firmware of packagesOf(reads, other))
      steps.push({
        campaign: other.id,
        sources: sourcesOf(other, firmware),
        to: other.version,
        admits: (device) => byName(other, device) === null,
      })
  }
  return steps
}

/**
 * The packages of the campaign's version, among them the one that it names; none if that was removed. Stations install the very image that
 * their procedure names.
 */
export const packagesOf = (
  reads: Pick<Reads, 'firmware' | 'firmwares'>,
  { firmware, station }: Pick<Campaign, 'firmware' | 'station'>,
): readonly Firmware[] => {
  const named = reads.firmware(firmware)
  if (named === undefined) return []
  return station === undefined ? packagesLike(named, reads.firmwares()) : [named]
}

export const scopeOf = ({ reads, families }: Deciding, campaign: Campaign): Scope => {
  const packages = packagesOf(reads, campaign)
  const steps = packages.every(({ from }) => from.length > 0) ? stepsOf(reads, campaign) : []
  return { campaign, packages, steps, hasChildren: (device) => families.children(device).size > 0 }
}

/** The task with the package that fits `version`, if that differs from the one that it was created with. */
export const withPackageFor = (reads: Reads, task: Task, version: string | null): Task => {
  const campaign = reads.campaign(task.campaign)
  const fitting = campaign && packageFor(packagesOf(reads, campaign), version)
  if (campaign === undefined || fitting === undefined || fitting.id === task.firmware) return task
  return { ...task, firmware: fitting.id, size: fitting.size, sources: sourcesOf(campaign, fitting) }
}
