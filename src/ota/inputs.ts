// What operators send: packages, devices, campaigns; and the answer to a dry run of a campaign. Types only.
// The caller checks the shape of what comes from outside; the core checks the rest.

import type { Sentence } from '../sentences/sentence.ts'
import type { DeviceKey, SignMethod, Target } from './model.ts'
import type { AbortRule, Phase, Rate, Retry, Window } from './policy.ts'

export interface FirmwareInput {
  readonly product: string
  readonly module: string
  readonly version: string
  readonly description: string
  readonly from: readonly string[]
  readonly signMethod: SignMethod
}

export interface DeviceInput {
  /** null removes it. */
  readonly secret?: string | null
  readonly gateway?: DeviceKey | null
  readonly tags?: readonly string[]
}

export interface DeviceRow extends DeviceInput {
  readonly product: string
  readonly name: string
  /** Its row in the operator's list, for faults; the first is 1. */
  readonly row: number
}

/** A phase as an operator describes it: one of `percent`, `count`, `tag`, and what differs from the defaults. */
export type PhaseInput = { readonly [F in keyof Phase]?: NonNullable<Phase[F]> }

/** Fields that are left out have the defaults of docs/api.md. Times are milliseconds since the epoch. */
export interface CampaignInput {
  readonly firmware: number
  readonly name?: string
  readonly target?: Partial<Target>
  /** Targets that no phase covers become a last phase. */
  readonly phases?: readonly PhaseInput[]
  /** Left out: one rule that pauses at 20 % of at least 5; `[]`: none. */
  readonly abort?: readonly Partial<AbortRule>[]
  readonly rate?: Partial<Rate>
  readonly schedule?: {
    readonly startAt?: number
    readonly endAt?: number
    readonly windows?: readonly (Omit<Window, 'timeZone'> & { readonly timeZone?: string })[]
  }
  readonly timeouts?: { readonly noResponseSeconds?: number; readonly upgradeSeconds?: number; readonly stallSeconds?: number }
  readonly retry?: Partial<Retry>
  readonly overwrite?: boolean
  readonly push?: boolean
  readonly reflash?: boolean
  /** Recorded with the campaign, so that the same request can be recognized. */
  readonly request?: { readonly key: string; readonly digest: string }
}

/** The hidden campaign by which a test station updates one module to one revision of a procedure. */
export interface StationCampaignInput {
  readonly procedure: string
  readonly rev: number
  readonly firmware: number
  readonly reflash: boolean
  /** From the offer to the whole image, and from then to the report of the version. */
  readonly updateSeconds: number
  readonly restartSeconds: number
}

/** Something that is allowed and probably a mistake; `path`: its field, null: no single one. */
export interface Warning {
  readonly path: string | null
  readonly said: Sentence
}

/** What a campaign would do if it started now (`campaign create --dry-run`). Lists are cut at `limit`; counts are not. */
export interface Plan {
  readonly targets: number
  /** Of them that have reported no version of the module. */
  readonly unreported: number
  /** Already on the version. */
  readonly skipped: number
  /** Targets whose module another campaign is updating, or that need another campaign's step first. */
  readonly waiting: number
  readonly phases: readonly { readonly phase: number; readonly size: number; readonly devices: readonly DeviceKey[] }[]
  /** Devices of the product that are not targets, with the reason; and how many for each reason. */
  readonly left: readonly { readonly device: DeviceKey; readonly reason: string; readonly said: Sentence }[]
  readonly leftCounts: { readonly [reason: string]: number }
  /** About how long it takes if all devices are connected; `perDevice`: what one device is assumed to need. null: nothing to do. */
  readonly seconds: number | null
  readonly perDevice: number
  readonly warnings: readonly Warning[]
}
