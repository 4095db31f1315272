// The kinds of alerts, by the names under which webhooks send them. A leaf: knows neither records nor HTTP.

export const alertTypes = ['campaign.paused', 'campaign.ended', 'task.failed', 'store.failed', 'device.contended', 'run.ended'] as const

export type AlertType = (typeof alertTypes)[number]
