// Why a device is, or is not, being updated now: the answer as a sentence, then all rules in their order.

import { useFetched } from '../../api/fetched.ts'
import type { LiveEvent } from '../../api/live.ts'
import type { Verdict } from '../../api/records.d.ts'
import { CopyCurl } from '../../parts/copy.tsx'
import { Mark } from '../../parts/mark.tsx'
import { Said } from '../../parts/said.tsx'
import { campaignHref } from '../../router.ts'
import { text } from '../../text/text.ts'
import { type Page, useNews } from './device-facts.ts'
import { ruleName, ruleWords } from './rule-words.ts'
import { markOf } from './verdict-mark.ts'
import { answerIn } from './why-answer.ts'

const Row = ({ verdict, isAnswer }: { readonly verdict: Verdict; readonly isAnswer: boolean }) => (
  <li class={isAnswer ? 'answer' : ''}>
    <Mark kind={markOf(verdict).kind}>{text(markOf(verdict).word)}</Mark>
    <div>
      <Said said={verdict.text} />
      {verdict.advice === undefined ? null : <div>{verdict.advice.text}</div>}
      <div class="small dim">
        {verdict.campaign === null ? null : <a href={campaignHref(verdict.campaign)}>{text('campaign.short', { id: verdict.campaign })}</a>}{' '}
        <span title={ruleName(verdict)}>{ruleWords(ruleName(verdict))}</span>
      </div>
    </div>
  </li>
)

export interface WhyFacts {
  /** pk/dn */
  readonly device: string
  readonly path: string
  readonly product: string
}

export const DeviceWhy = ({ device, path, product }: WhyFacts) => {
  const isNews = useNews(device)
  const changes = (event: LiveEvent): boolean => isNews(event) || (event.name === 'campaign' && event.data['product'] === product)
  const { data } = useFetched<Page<Verdict>>(`${path}/why`, changes)
  const verdicts = data?.items ?? []
  const answer = answerIn(verdicts)
  return (
    <section class="sheet stack why">
      <h2>{text('devices.device.why')}</h2>
      {data === null ? null : <p>{answer === null ? text('devices.device.nothingHolds') : <Said said={answer.text} />}</p>}
      <ol class="plain-list">
        {verdicts.map((verdict, at) => (
          <Row key={`${verdict.rule} ${at}`} verdict={verdict} isAnswer={verdict === answer} />
        ))}
      </ol>
      <p>
        <CopyCurl needs="viewer" what={text('devices.device.why')} method="GET" path={`${path}/why`} />
      </p>
    </section>
  )
}
