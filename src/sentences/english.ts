// English: every sentence of the server, by its code, from the tables of each room.

import { accessSentences } from './english-access.ts'
import { adviceSentences } from './english-advice.ts'
import { backupSentences } from './english-backup.ts'
import { campaignSentences } from './english-campaigns.ts'
import { certsSentences } from './english-certs.ts'
import { deviceSentences } from './english-devices.ts'
import { doctorSentences } from './english-doctor.ts'
import { errorSentences } from './english-errors.ts'
import { floorSentences } from './english-floor.ts'
import { requestSentences } from './english-requests.ts'
import { serverSentences } from './english-server.ts'
import { siteSentences } from './english-site.ts'
import { stationSentences } from './english-station.ts'
import { unitSentences } from './english-units.ts'
import { webhookSentences } from './english-webhooks.ts'

export const english = {
  ...accessSentences,
  ...adviceSentences,
  ...backupSentences,
  ...campaignSentences,
  ...certsSentences,
  ...deviceSentences,
  ...doctorSentences,
  ...errorSentences,
  ...floorSentences,
  ...requestSentences,
  ...serverSentences,
  ...siteSentences,
  ...stationSentences,
  ...unitSentences,
  ...webhookSentences,
} as const
