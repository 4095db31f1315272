// Who works here on what, how the shift goes, and whether its results were sent. Nothing else.

import type { StationView } from '../api/records.d.ts'
import { age, clock, type StationLanguage, say } from './words.ts'

interface CornerPart {
  readonly view: StationView
  readonly now: number
  readonly language: StationLanguage
}

const percent = (share: StationView['shift']['fpy']): string =>
  share === null || share.of === 0 ? '-' : `${((share.part / share.of) * 100).toFixed(1)} %`

const perHour = ({ unitsPerHour }: StationView['shift']): string => (unitsPerHour === null ? '-' : String(Math.round(unitsPerHour)))

const backlogOf = ({ view: { backlog }, now, language }: CornerPart): string | null => {
  if (backlog === null) return null
  const since = backlog.oldestAt === null ? Number.NaN : Date.parse(backlog.oldestAt)
  if (Number.isNaN(since)) return String(backlog.count)
  return say(language, 'station.corner.backlogSince', { count: backlog.count, age: age(language, now - since) })
}

interface FactPart {
  readonly name: string
  readonly value: string
  readonly kind?: 'typed' | 'late' | ''
}

const Fact = ({ name, value, kind = '' }: FactPart) => (
  <div class={`fact ${kind}`}>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
)

export const Corner = (part: CornerPart) => {
  const { view, now, language } = part
  const { shift } = view
  const backlog = backlogOf(part)
  return (
    <dl class="corner">
      <Fact name={say(language, 'station.corner.operator')} value={view.operatorName ?? '-'} kind="typed" />
      <Fact name={say(language, 'station.corner.order')} value={view.workOrder ?? '-'} kind="typed" />
      <Fact name={say(language, 'station.corner.units')} value={String(shift.units)} />
      <Fact name={say(language, 'station.corner.fpy')} value={percent(shift.fpy)} />
      <Fact name={say(language, 'station.corner.hour')} value={perHour(shift)} />
      {backlog === null ? null : (
        <Fact name={say(language, 'station.corner.backlog')} value={backlog} kind={(view.backlog?.count ?? 0) > 0 ? 'late' : ''} />
      )}
      <Fact name={say(language, 'station.corner.time')} value={clock(now)} />
    </dl>
  )
}
