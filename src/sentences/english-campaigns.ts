// Campaigns, their tasks and packages: why they wait, how they end, what of them is refused.

export const campaignSentences = {
  campaign_abort_rules: '{rules}',
  campaign_end_passed: 'its end time, {endAt}, has passed',
  campaign_schedule_over: 'its schedule is over; no new tasks start',
  campaign_starts_at: 'starts at {startAt}',
  campaign_windows_closed: 'its windows are closed; the next one opens at {opensAt}',
} as const
