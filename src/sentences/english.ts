// English: every sentence of the server, by its code, from the tables of each room.

import { campaignSentences } from './english-campaigns.ts'
import { deviceSentences } from './english-devices.ts'
import { errorSentences } from './english-errors.ts'
import { requestSentences } from './english-requests.ts'
import { serverSentences } from './english-server.ts'
import { siteSentences } from './english-site.ts'

export const english = {
  ...campaignSentences,
  ...deviceSentences,
  ...errorSentences,
  ...requestSentences,
  ...serverSentences,
  ...siteSentences,
} as const
