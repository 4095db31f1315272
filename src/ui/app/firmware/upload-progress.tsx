// An upload on its way, and the package that came of it.

import { CopyButton } from '../../parts/copy.tsx'
import { Mark } from '../../parts/mark.tsx'
import { bytes, duration, number, text } from '../../text/text.ts'
import { ChooseFile } from './choose-file.tsx'
import { NewCampaignLink } from './package-links.tsx'
import { cancelUpload, forgetUpload, type Upload } from './upload.ts'
import { percentOf } from './upload-file.tsx'
import { rateOf, secondsLeft } from './upload-rate.ts'

type Sending = Extract<Upload, { kind: 'sending' }>
type Added = Extract<Upload, { kind: 'added' }>

/** The server still reads and stores it when the last byte has left. */
const speedOf = ({ file, samples }: Sending): string => {
  const sent = samples.at(-1)?.sent ?? 0
  if (sent >= file.size) return text('firmware.upload.storing')
  const [rate, left] = [rateOf(samples), secondsLeft(samples, file.size)]
  if (rate === null) return text('firmware.upload.starting')
  const speed = text('unit.perSecond', { value: bytes(rate) })
  return left === null ? speed : text('firmware.upload.speed', { speed, left: duration(left) })
}

export const UploadProgress = ({ sending }: { readonly sending: Sending }) => {
  const { file, samples } = sending
  const sent = samples.at(-1)?.sent ?? 0
  return (
    <section class="sheet stack upload" aria-label={text('firmware.upload.sending', { name: file.name })}>
      <h2>{text('firmware.upload.sending', { name: file.name })}</h2>
      <progress max={file.size} value={sent} aria-label={text('firmware.upload.sending', { name: file.name })} />
      <div class="row">
        <span>
          {text('firmware.upload.progress', { percent: number(percentOf(sent, file.size)), sent: bytes(sent), size: bytes(file.size) })}
        </span>
        <span class="dim">{speedOf(sending)}</span>
        <button type="button" class="danger" onClick={cancelUpload}>
          {text('firmware.upload.cancel')}
        </button>
      </div>
      <p class="dim small">{text('firmware.upload.stay')}</p>
    </section>
  )
}

export const UploadAdded = ({ added }: { readonly added: Added }) => {
  const { firmware, isNew } = added
  const { product, module, version, size, sha256, warnings = [] } = firmware
  return (
    <section class="sheet stack upload" aria-label={text('firmware.upload.title')}>
      <Mark kind="good">
        {text(isNew ? 'firmware.upload.added' : 'firmware.upload.wasThere', { product, module, version, size: bytes(size) })}
      </Mark>
      <p class="row">
        <span class="dim">{text('firmware.packages.sha256')}</span> <code class="digest">{sha256}</code> <CopyButton value={sha256} />
      </p>
      {warnings.map((warning) => (
        <Mark key={warning} kind="warn">
          {warning}
        </Mark>
      ))}
      <div class="row end">
        <button type="button" onClick={forgetUpload}>
          {text('action.close')}
        </button>
        <ChooseFile label={text('firmware.upload.next')} kind="" />
        <NewCampaignLink firmware={firmware} label={text('firmware.upload.push')} isMain />
      </div>
    </section>
  )
}
