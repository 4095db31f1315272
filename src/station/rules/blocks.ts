// Addresses and blocks of them (CIDR), of IPv4 and IPv6: which slot a board is in. Pure.

import type { Station } from '../station-model.ts'

const notYet = (): never => {
  throw new Error('not yet')
}

/** Whether the text is an address or a block. */
export const isBlock: (text: string) => boolean = notYet
export const inBlock: (address: string, block: string) => boolean = notYet
export const blocksOverlap: (one: string, other: string) => boolean = notYet
/** null: of no slot. */
export const slotOfAddress: (station: Pick<Station, 'slotAddresses'>, address: string) => number | null = notYet
