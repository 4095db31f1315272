// The acts of the audit that have words in the page's texts. Pure.

/** What the audit has lines of: the operations that change something, and what the server does by itself. */
export const acts = [
  'acceptLoss',
  'addToken',
  'addUser',
  'addWebhook',
  'cancelCampaign',
  'cancelTask',
  'createCampaign',
  'deleteCampaign',
  'deleteCredential',
  'deleteDevice',
  'deleteFirmware',
  'editCampaign',
  'editWebhook',
  'endUserSessions',
  'getBackup',
  'importDevices',
  'newSignInCode',
  'nextPhase',
  'patchDevice',
  'pauseCampaign',
  'pushTask',
  'putDevice',
  'putFirmware',
  'removeToken',
  'removeUser',
  'removeWebhook',
  'restore',
  'resumeCampaign',
  'retryCampaign',
  'retryWebhook',
  'rotateToken',
  'setUserPassword',
  'setUserRole',
  'signIn',
  'signOut',
  'signOutEverywhere',
  'startCampaign',
  'testWebhook',
] as const

export type Act = (typeof acts)[number]

export const isAct = (act: string): act is Act => (acts as readonly string[]).includes(act)
