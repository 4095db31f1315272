// ELF (System V ABI, "Object Files"): the machine, and of ESP-IDF's programs the description in the section .flash.appdesc.

import { type ImageBytes, type ImageFacts, noFacts, textAt, u16, u32, u64 } from './facts.ts'
import { appDescription } from './firmware-headers.ts'

/** Values of e_machine. */
const machines: ReadonlyMap<number, string> = new Map([
  [8, 'MIPS'],
  [40, 'ARM'],
  [62, 'x86-64'],
  [83, 'AVR'],
  [94, 'Xtensa'],
  [183, 'AArch64'],
  [243, 'RISC-V'],
])
const descriptionSections = new Set(['.flash.appdesc', '.rodata_desc'])
const descriptionBytes = 256
/** Beyond these bounds a file is not read further: a firmware has some tens of sections. */
const most = { sections: 512, nameBytes: 65_536 }

/** Where the fields of headers are, in 32 and 64 bits. */
interface Layout {
  readonly little: boolean
  readonly wide: boolean
}

const word = (bytes: Uint8Array, { wide, little }: Layout, narrowAt: number, wideAt: number): number =>
  wide ? u64(bytes, wideAt, little) : u32(bytes, narrowAt, little)

interface Section {
  readonly name: number
  readonly at: number
  readonly size: number
}

const sectionOf = (layout: Layout, bytes: Uint8Array): Section => ({
  name: u32(bytes, 0, layout.little),
  at: word(bytes, layout, 16, 24),
  size: word(bytes, layout, 20, 32),
})

const sectionsOf = async (file: ImageBytes, head: Uint8Array, layout: Layout): Promise<readonly Section[]> => {
  const [size, count] = [layout.wide ? 64 : 40, u16(head, layout.wide ? 60 : 48, layout.little)]
  const at = word(head, layout, 32, 40)
  if (!(count > 0 && count <= most.sections && at > 0 && at < file.size)) return []
  const table = await file.read(at, size * count)
  return Array.from({ length: count }, (_, index) => sectionOf(layout, table.subarray(index * size, (index + 1) * size)))
}

const description = async (file: ImageBytes, head: Uint8Array, layout: Layout): Promise<Pick<ImageFacts, 'version' | 'project'> | null> => {
  const sections = await sectionsOf(file, head, layout)
  const names = sections[u16(head, layout.wide ? 62 : 50, layout.little)]
  if (names === undefined || !(names.size <= most.nameBytes) || !(names.at < file.size)) return null
  const texts = await file.read(names.at, names.size)
  const found = sections.find(({ name }) => descriptionSections.has(textAt(texts, name, 32) ?? ''))
  if (found === undefined || !(found.at < file.size)) return null
  return appDescription(await file.read(found.at, descriptionBytes), 0)
}

/** The facts of a file; null: it is no ELF. */
export const elfFacts = async (file: ImageBytes, head: Uint8Array): Promise<ImageFacts | null> => {
  if (u32(head, 0, false) !== 0x7f454c46) return null
  const layout = { wide: head[4] === 2, little: head[5] !== 2 }
  const chip = machines.get(u16(head, 18, layout.little)) ?? null
  return { formats: ['elf'], ...noFacts, ...(await description(file, head, layout)), chip }
}
