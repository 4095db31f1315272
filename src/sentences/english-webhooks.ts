// Webhooks: what alerts say, and what receivers answer.

export const webhookSentences = {
  warning_webhook_dropped:
    'The webhook {name} has lost {count, plural, one {# event} other {# events}} since the start: too many waited, or too long.',
  warning_webhook_failing:
    'The webhook {name} does not take events since {since}; {count, plural, one {# event waits} other {# events wait}}. {why}',
  warning_webhook_parked:
    'The webhook {name} has refused {count, plural, one {# event} other {# events}} again and again; "fogbell webhook retry {name}" sends them again.',
  webhook_answered: 'The receiver answered {status}.',
  webhook_ca_wrong: 'must be one or more certificates in PEM',
  webhook_campaign_ended:
    'Campaign {campaign} ({name}) {status, select, completed {is completed} other {was canceled}}: {succeeded, plural, one {# device was} other {# devices were}} updated, {failed} failed.',
  webhook_campaign_paused: 'Campaign {campaign} ({name}) is paused: {why}.',
  webhook_delivered: 'The receiver took it with {status}.',
  webhook_device_contended: 'Several clients use the identity of {device} and replace one another; they come from {addresses}.',
  webhook_event_unreadable: 'The event could not be read from the store: {why}.',
  webhook_exists: 'There is a webhook called {name} already.',
  webhook_no_answer: 'The receiver did not answer within {seconds, plural, one {# second} other {# seconds}}.',
  webhook_of_setting: 'The webhook {name} belongs to the setting mes.webhook: change it there, then restart.',
  webhook_paused_by: '{kind, select, token {the token {by}} file {the token of the data directory ({by})} other {{by}}} has paused it',
  webhook_paused_by_operator: 'an operator has paused it',
  webhook_phase_failed: 'phase {phase} has finished with too few successes',
  webhook_record_unreadable: 'The record {key} of webhooks cannot be read; restore a backup.',
  webhook_redirected: 'The receiver answered {status}: redirects are not followed, give the address that it leads to.',
  webhook_refused: 'The receiver refused it with {status}.',
  webhook_run_ended:
    'Run {run}: {serial} ({product}, {process}, attempt {attempt}) {outcome, select, passed {passed} failed {did not pass} error {ended by a fault of the station} aborted {was aborted} other {ended}}.{why, select, null {} other { {why}}}',
  webhook_task_failed: 'Task {task} of campaign {campaign}: {device} was not updated to {version} (module {module}): {why}.',
  webhook_test: 'A test of the webhook {name}.',
  webhook_unknown: 'There is no webhook called {name}.',
  webhook_unreachable: 'The receiver cannot be reached: {why}.',
  webhook_url_wrong: 'must be an address that begins with http:// or https://, without a fragment',
  webhook_wrong: 'The webhook is not valid.',
  webhooks_full: 'There are {most} webhooks already; remove one first.',
} as const
