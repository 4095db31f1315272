// How far an update is, and how many seconds are left until the state ends by time.

import type { Face, SlotView } from './slot-face.ts'
import { type StationLanguage, say } from './words.ts'

interface ProgressPart {
  readonly slot: SlotView
  readonly face: Face
  readonly now: number
  readonly language: StationLanguage
}

const percentOf = ({ progress }: SlotView): number | null => {
  if (progress === null || progress.size === 0) return null
  return Math.min(100, Math.floor((progress.bytes / progress.size) * 100))
}

export const SlotProgress = ({ slot, face, now, language }: ProgressPart) => {
  if (face.tone !== 'busy' || face.word === 'saving') return null
  const percent = face.word === 'updating' ? percentOf(slot) : null
  const until = slot.until === null ? null : Date.parse(slot.until)
  const seconds = until === null || Number.isNaN(until) ? null : Math.max(0, Math.ceil((until - now) / 1000))
  return (
    <div class="progress">
      {percent === null ? null : (
        <div
          class="bar"
          role="progressbar"
          aria-label={say(language, 'station.word.updating')}
          aria-valuenow={percent}
          aria-valuemin={0}
          aria-valuemax={100}
        >
          <div style={{ width: `${percent}%` }} />
        </div>
      )}
      <p class="left">
        {percent === null ? null : <span>{percent} %</span>}
        {seconds === null ? null : <span>{say(language, 'station.left', { seconds })}</span>}
      </p>
    </div>
  )
}
