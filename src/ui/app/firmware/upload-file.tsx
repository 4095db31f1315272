// What is said of the file of the form: its name and size, what its image says of itself, and how the last attempt to send it ended.

import { Mark } from '../../parts/mark.tsx'
import { bytes, listed, number, text } from '../../text/text.ts'
import { ChooseFile } from './choose-file.tsx'
import type { ImageSaid } from './image-said.ts'
import { upload } from './upload.ts'

export const FileLine = ({ file }: { readonly file: File }) => (
  <p class="row">
    <strong class="file-name">{file.name}</strong>
    <span class="dim" title={text('unit.bytes', { n: file.size })}>
      {bytes(file.size)}
    </span>
    <ChooseFile label={text('firmware.upload.another')} kind="" />
  </p>
)

/** A page cannot keep a file. */
export const LostFile = ({ name }: { readonly name: string }) => (
  <div class="stack">
    <Mark kind="warn">{text('firmware.upload.lostFile', { name })}</Mark>
    <div>
      <ChooseFile label={text('firmware.packages.choose')} />
    </div>
  </div>
)

/** The line keeps its place while the file is read. */
export const ImageLine = ({ said }: { readonly said: ImageSaid }) => {
  if (said.kind === 'reading') return <p class="dim">{text('firmware.upload.reading')}</p>
  if (said.kind === 'unreadable') return null
  const { facts } = said
  if (facts === null) return <p class="dim">{text('firmware.upload.saysNothing')}</p>
  const format = listed(facts.formats.map((each) => text(`firmware.upload.format.${each}`)))
  const { project, version, chip } = facts
  const parts = [
    project === null ? null : text('firmware.upload.project', { project }),
    version === null ? null : text('firmware.upload.built', { version }),
    chip === null ? null : text('firmware.upload.chip', { chip }),
  ].filter((part) => part !== null)
  return (
    <p class="dim">
      {parts.length === 0 ? text('firmware.upload.saysOnly', { format }) : text('firmware.upload.says', { format, facts: listed(parts) })}
    </p>
  )
}

export const TornLine = () => {
  const ended = upload.value
  if (ended.kind === 'canceled') return <Mark kind="none">{text('firmware.upload.canceled')}</Mark>
  if (ended.kind !== 'torn') return null
  const params = { sent: bytes(ended.sent), size: bytes(ended.file.size), percent: number(percentOf(ended.sent, ended.file.size)) }
  return <Mark kind="bad">{`${text(`firmware.upload.torn.${ended.why}`)} ${text('firmware.upload.sentSoFar', params)}`}</Mark>
}

/** Never 100 before the end. */
export const percentOf = (sent: number, size: number): number => (size === 0 ? 0 : Math.floor((sent / size) * 100))
