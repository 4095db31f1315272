// Which of the verdicts about a device is the answer to why it is, or is not, being updated. Pure.

import type { Verdict } from '../../api/records.d.ts'

type Judged = Pick<Verdict, 'rule' | 'ok' | 'campaign' | 'task'>

const isOfDevice = ({ campaign }: Judged): boolean => campaign === null
/** That a campaign is for other devices says little of this one. */
const isTarget = ({ rule }: Judged): boolean => rule.endsWith(' target')
/** Why it is offline says more than that it is. */
const isRefused = ({ rule }: Judged): boolean => rule === 'refused'
const isGoing = ({ ok, rule, task }: Judged): boolean => ok && task !== null && / task \d+$/.test(rule)

/** What holds back all its updates; else an update that goes on; else the first rule that holds one back; null: nothing does. */
export const answerIn = <V extends Judged>(verdicts: readonly V[]): V | null => {
  const held = verdicts.filter(({ ok }) => !ok)
  return (
    held.find(isRefused) ?? held.find(isOfDevice) ?? verdicts.find(isGoing) ?? held.find((verdict) => !isTarget(verdict)) ?? held[0] ?? null
  )
}
