// Addresses and blocks of them (CIDR), of IPv4 and IPv6: which slot a board is in. Pure. IPv4 addresses that are written as IPv6
// (`::ffff:10.0.3.7`), as a socket for both has them, are IPv4 ones; a zone (`%eth0`) is left out.

import type { Station } from '../station-model.ts'

interface Block {
  readonly bits: 32 | 128
  /** The first address. */
  readonly from: bigint
  readonly prefix: number
}

const fourForm = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/

const fourOf = (text: string): bigint | null => {
  const parts = fourForm.exec(text)?.slice(1)
  if (parts === undefined || parts.some((part) => Number(part) > 255 || (part.length > 1 && part.startsWith('0')))) return null
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n)
}

/** The groups of a part of an address; the last one may be an IPv4 address. */
const groupsOf = (text: string): readonly bigint[] | null => {
  if (text === '') return []
  const groups = text.split(':')
  const four = fourOf(groups.at(-1) ?? '')
  const plain = four === null ? groups : groups.slice(0, -1)
  if (plain.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return null
  return [...plain.map((group) => BigInt(`0x${group}`)), ...(four === null ? [] : [four >> 16n, four & 0xffffn])]
}

const sixOf = (text: string): bigint | null => {
  const halves = text.split('::')
  const [head, tail] = halves.map(groupsOf)
  if (head === undefined || head === null || tail === null || halves.length > 2) return null
  const gap = 8 - head.length - (tail?.length ?? 0)
  if (tail === undefined ? gap !== 0 : gap < 1) return null
  // An IPv4 address is the end of an address, never of its first half.
  if (tail !== undefined && halves[0]?.includes('.') === true) return null
  const all = [...head, ...Array.from({ length: gap }, () => 0n), ...(tail ?? [])]
  return all.reduce((sum, group) => (sum << 16n) | group, 0n)
}

const mapped = 0xffffn

const addressOf = (text: string): Block | null => {
  const four = fourOf(text)
  if (four !== null) return { bits: 32, from: four, prefix: 32 }
  const six = text.length > 64 ? null : sixOf(text.replace(/%[\w.-]+$/, ''))
  if (six === null) return null
  return six >> 32n === mapped ? { bits: 32, from: six & 0xffffffffn, prefix: 32 } : { bits: 128, from: six, prefix: 128 }
}

const blockOf = (text: string): Block | null => {
  const [address = '', length, more] = text.split('/')
  const one = addressOf(address)
  if (one === null || length === undefined) return one
  const prefix = /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN
  // Of an IPv4 address that is written as IPv6 the first 96 bits are not its own.
  const own = address.includes(':') && one.bits === 32 ? prefix - 96 : prefix
  return more === undefined && own >= 0 && own <= one.bits ? { ...one, prefix: own } : null
}

/** Whether both have the same first bits, as many as the shorter prefix. */
const meet = (one: Block, other: Block): boolean => {
  const shift = BigInt(one.bits - Math.min(one.prefix, other.prefix))
  return one.bits === other.bits && one.from >> shift === other.from >> shift
}

/** Whether the text is an address or a block. */
export const isBlock = (text: string): boolean => blockOf(text) !== null

export const inBlock = (address: string, block: string): boolean => {
  const [one, of] = [addressOf(address), blockOf(block)]
  return one !== null && of !== null && meet(one, of)
}

export const blocksOverlap = (one: string, other: string): boolean => {
  const [first, second] = [blockOf(one), blockOf(other)]
  return first !== null && second !== null && meet(first, second)
}

/** null: of no slot. */
export const slotOfAddress = ({ slotAddresses }: Pick<Station, 'slotAddresses'>, address: string): number | null => {
  const index = slotAddresses.findIndex((block) => inBlock(address, block))
  return index < 0 ? null : index + 1
}
