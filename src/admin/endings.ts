// How a device's tasks ended, for the rules that say no more than that there is none under way: ended tasks lie on disk, where the rules
// themselves never look.

import type { DeviceKey, Task } from '../ota/model.ts'
import type { Store, Verdict } from '../ota/ports.ts'

const perPage = 1000

/** Newest attempts of the device that have ended, by id. */
const endedOf = async (store: Store, device: DeviceKey): Promise<readonly Task[]> => {
  const found: Task[] = []
  for (let after = 0; ; ) {
    const page = await store.tasks({ device, limit: perPage, after })
    found.push(...page.items.filter(({ endedAt }) => endedAt !== null))
    if (page.next === null) return found
    after = page.next
  }
}

/** `task 9 of campaign 5 failed (verify_error, step -3, "md5 differs") at 2026-03-01T12:00:00.000Z`. */
const endText = (task: Task): string => {
  const words = [task.reason ?? '', task.code === null ? '' : `step ${task.code}`, task.desc === null ? '' : JSON.stringify(task.desc)]
  const why = words.filter((word) => word !== '' && word !== '""').join(', ')
  const at = new Date(task.endedAt ?? task.createdAt).toISOString()
  const tries = task.attempt === 1 ? '' : ` at attempt ${task.attempt}`
  return `task ${task.id} of campaign ${task.campaign} ${task.state.replace('_', ' ')}${why === '' ? '' : ` (${why})`}${tries} at ${at}`
}

const again = ({ state, campaign }: Task): string =>
  state === 'succeeded' || state === 'canceled' ? '' : `; \`fogbell campaign retry ${campaign}\` makes another attempt of what failed`

/** Verdicts that there is no task (any more): of one campaign, or that no campaign is under way. */
const isWithout = ({ ok, rule, campaign, task }: Verdict): boolean =>
  !ok && task === null && rule === (campaign === null ? 'campaigns' : `campaign ${campaign} task`)

const withEnding = (verdict: Verdict, last: Task): Verdict => {
  const text =
    verdict.reason === 'ended'
      ? `${endText(last)}${again(last)}`
      : `${verdict.text}; ${verdict.campaign === null ? 'the last one: ' : ''}${endText(last)}`
  return { ...verdict, text, task: last.id }
}

/** The verdicts, and with those that there is no task how the last one ended. `module` undefined: of all modules. */
export const withEndings = async (
  store: Store,
  device: DeviceKey,
  module: string | undefined,
  verdicts: readonly Verdict[],
): Promise<readonly Verdict[]> => {
  if (!verdicts.some(isWithout)) return verdicts
  const ended = (await endedOf(store, device)).filter((task) => module === undefined || task.module === module)
  return verdicts.map((verdict) => {
    if (!isWithout(verdict)) return verdict
    const last = ended.findLast(({ campaign }) => verdict.campaign === null || campaign === verdict.campaign)
    return last === undefined ? verdict : withEnding(verdict, last)
  })
}
