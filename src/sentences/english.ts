// English: every sentence of the server, by its code, from the tables of each room.

import { backupSentences } from './english-backup.ts'
import { campaignSentences } from './english-campaigns.ts'
import { deviceSentences } from './english-devices.ts'
import { errorSentences } from './english-errors.ts'
import { requestSentences } from './english-requests.ts'
import { serverSentences } from './english-server.ts'

export const english = {
  ...backupSentences,
  ...campaignSentences,
  ...deviceSentences,
  ...errorSentences,
  ...requestSentences,
  ...serverSentences,
} as const
