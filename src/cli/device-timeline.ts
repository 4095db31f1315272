// fogbell device timeline: what happened to a device, in one list.

import type { Command } from 'commander'
import { devicePath } from './api-client.ts'
import type { TimelineEntryView } from './api-records.ts'
import { addCommand, type Cli, deviceArgument } from './command.ts'
import { clean, localTime, withLocalTimes } from './format.ts'
import { writeList } from './output.ts'

/** `task 21 of campaign 3, attempt 2`; a version that no task installed has none. */
const taskText = ({ task, campaign, attempt }: TimelineEntryView): string => {
  if (task === null) return ''
  return `${task}${campaign === null ? '' : ` of campaign ${campaign}`}${attempt === null || attempt === 1 ? '' : `, attempt ${attempt}`}`
}

/** Who was refused: a board with this name may be another than the one that connects. */
const detailsOf = ({ what, address, text }: TimelineEntryView): string => {
  const from = what === 'refused' && typeof address === 'string' ? `from ${address}: ` : ''
  return clean(`${from}${withLocalTimes(text)}`)
}

/** Adds `fogbell device timeline`. */
export const addDeviceTimeline = (cli: Cli, parent: Command): void => {
  const summary =
    'Show what happened to a device: connections, refusals, gateways, offers, downloads, ends of tasks with reasons, versions.'
  addCommand(cli, parent, deviceArgument, 'timeline', summary, ({ client, output }, device) =>
    writeList(output, client.pages<TimelineEntryView>(`${devicePath(device)}/timeline`), {
      head: ['TIME', 'WHAT', 'TASK', 'DETAILS'],
      row: (entry) => [localTime(entry.at), entry.state ?? entry.what, taskText(entry), detailsOf(entry)],
      none: 'Nothing is known to have happened to it yet.',
    }),
  ).addHelpText('after', '\nOldest first; the newest 1,000 of a device are kept.')
}
