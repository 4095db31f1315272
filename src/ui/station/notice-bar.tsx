// What the server says to the last scan, over the whole width: it stays until the next scan.

import { isAlarm, type Notice, shownScan } from './notice.ts'
import { Shape } from './shape.tsx'
import { noticeText } from './slot.tsx'
import { type StationLanguage, say } from './words.ts'

const Words = ({ said, scanned }: { readonly said: string; readonly scanned: string }) =>
  said === '' ? <span class="echo">{scanned}</span> : <span>{said}</span>

export const NoticeBar = ({ notice, language }: { readonly notice: Notice; readonly language: StationLanguage }) => (
  <div class={`notice ${isAlarm(notice) ? 'alarm' : ''}`} data-notice={notice.kind}>
    <Shape tone={isAlarm(notice) ? 'warn' : notice.kind === 'done' ? 'pass' : 'busy'} />
    <strong>{say(language, `station.notice.${notice.kind}`)}</strong>
    <span class="text">
      <Words said={noticeText(notice, language)} scanned={shownScan(notice.scanned)} />
      {isAlarm(notice) && notice.scanned !== '' ? (
        <small>{[shownScan(notice.scanned), notice.code].filter((each) => each !== null).join(' · ')}</small>
      ) : null}
    </span>
  </div>
)
