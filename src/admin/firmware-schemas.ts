// The JSON of a package in the admin API, as a schema. Knows no route.

import { Type } from 'typebox'
import { campaignStatuses } from './campaign-schemas.ts'
import { counted, idText, strict, text, time } from './schema-words.ts'
import { someWarningFields } from './sentence-schemas.ts'

export const signMethods = ['MD5', 'SHA256'] as const

const usage = Type.Object(
  {
    devices: counted('Of its product that have reported its version of its module.'),
    campaigns: Type.Array(
      Type.Object({ campaign: idText('The campaign.'), name: text, status: Type.Enum(campaignStatuses, { type: 'string' }) }, strict),
      { description: 'The newest ten campaigns for it, the newest first.' },
    ),
    otherCampaigns: counted('Campaigns for it besides these.'),
  },
  { ...strict, description: 'Who runs and who uses it: not in the answer to the upload.' },
)

/** One package. */
export const firmware = Type.Object(
  {
    id: idText('Counts up from 1.'),
    product: text,
    module: text,
    version: text,
    size: Type.Integer({ minimum: 1, description: 'Bytes.' }),
    md5: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    checksum: Type.String({ pattern: '^[0-9a-f]{8}$', description: 'All bytes summed mod 2^32, little-endian, in hex.' }),
    description: text,
    from: Type.Array(text, { description: 'The versions it can be applied to; empty: any.' }),
    signMethod: Type.Enum(signMethods, { type: 'string' }),
    createdAt: time,
    usage: Type.Optional(usage),
    ...someWarningFields,
  },
  { ...strict, $id: 'Firmware', description: 'A package. Warnings are only in the answer to the upload.' },
)
