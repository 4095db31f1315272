// 中文: every sentence of the server, by its code, in simplified Chinese.

import { chineseAccess } from './chinese-access.ts'
import { chineseAdvice } from './chinese-advice.ts'
import { chineseBackup } from './chinese-backup.ts'
import { chineseCampaigns } from './chinese-campaigns.ts'
import { chineseCerts } from './chinese-certs.ts'
import { chineseDevices } from './chinese-devices.ts'
import { chineseDoctor } from './chinese-doctor.ts'
import { chineseErrors } from './chinese-errors.ts'
import { chineseFloor } from './chinese-floor.ts'
import { chineseRequests } from './chinese-requests.ts'
import { chineseServer } from './chinese-server.ts'
import { chineseSite } from './chinese-site.ts'
import { chineseStation } from './chinese-station.ts'
import { chineseUnits } from './chinese-units.ts'
import { chineseWebhooks } from './chinese-webhooks.ts'
import { campaignStatusWords } from './chinese-words.ts'
import type { Language } from './sentence.ts'

/** States in a list, and lines of a file that is imported. */
const word: Language['word'] = (text, name, code) => {
  if (code === 'campaign_wrong_status' && name === 'allowed')
    return Object.entries(campaignStatusWords).find(([status]) => status === text)?.[1] ?? text
  return name === 'path' ? text.replace(/^line (\d+)$/, '第 $1 行') : text
}

export const inChinese: Language = {
  tag: 'zh',
  texts: {
    ...chineseAccess,
    ...chineseAdvice,
    ...chineseBackup,
    ...chineseCampaigns,
    ...chineseCerts,
    ...chineseDevices,
    ...chineseDoctor,
    ...chineseErrors,
    ...chineseFloor,
    ...chineseRequests,
    ...chineseServer,
    ...chineseSite,
    ...chineseStation,
    ...chineseUnits,
    ...chineseWebhooks,
  },
  comma: '、',
  semicolon: '；',
  colon: '：',
  word,
}
