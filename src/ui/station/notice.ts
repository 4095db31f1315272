// What the screen says about the last scan, beside the states of the slots. Pure.

export type NoticeKind =
  /** The server took no run out of it, and says why. */
  | 'refused'
  /** The server did not get it. */
  | 'untaken'
  /** Typed through an input method. */
  | 'composed'
  /** The scanner sent it in two parts. */
  | 'cut'
  /** On its way, without an answer so far. */
  | 'sending'
  /** The server has done what the code says. */
  | 'done'

export interface Notice {
  readonly kind: NoticeKind
  /** What was scanned; empty: nothing that can be shown. */
  readonly scanned: string
  /** The server's sentence; null: the kind says all. */
  readonly text: string | null
  /** The server's word for it, for who looks it up. */
  readonly code: string | null
  readonly slot: number | null
}

export const noticeOf = (kind: NoticeKind, scanned: string, rest: Partial<Notice> = {}): Notice => ({
  kind,
  scanned,
  text: null,
  code: null,
  slot: null,
  ...rest,
})

/** Of a scanned text, what there is room for. */
const longestShown = 40

export const shownScan = (scanned: string): string => {
  const characters = Array.from(scanned)
  return characters.length <= longestShown ? scanned : `${characters.slice(0, longestShown).join('')}…`
}

/** It needs somebody's attention: a code was read and no test began. */
export const isAlarm = ({ kind }: Notice): boolean => kind !== 'sending' && kind !== 'done'

export const isSame = (one: Notice | null, other: Notice): boolean =>
  one !== null && one.kind === other.kind && one.scanned === other.scanned && one.code === other.code

/** The stream reports the same refusal with its slot, before the answer or after it. */
export const merged = (before: Notice | null, next: Notice): Notice =>
  before !== null && isSame(before, next) ? { ...next, slot: next.slot ?? before.slot } : next

/** What is still to be said of it when the server is lost: nothing of what was answered before. */
export const whenLost = (notice: Notice | null): Notice | null => {
  if (notice === null || notice.kind === 'done' || notice.kind === 'refused') return null
  return notice.kind === 'sending' ? notice : noticeOf('untaken', notice.scanned)
}

/** A scan that the server did not get, and since when that is shown while the server is there (ms). */
export interface ShownUntaken {
  readonly notice: Notice
  readonly since: number
}

export const shownUntaken = (before: ShownUntaken | null, notice: Notice | null, isOn: boolean, at: number): ShownUntaken | null => {
  if (!isOn || notice?.kind !== 'untaken') return null
  return before?.notice === notice ? before : { notice, since: at }
}
