// Why a device's last connection was refused or ended, as a sentence for each reason that the broker gives. Knows no broker: what is not
// listed as an end is a violation of the protocol, named as it is counted.

import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { ConnectionNote } from '../ports/mqtt.ts'

type Sentences = Readonly<Record<string, Sentence>>

const refused: Sentences = {
  anonymous: sentence('connection_refused_anonymous'),
  bad_name: sentence('connection_refused_bad_name'),
  bad_password: sentence('connection_refused_bad_password'),
  bad_signature: sentence('connection_refused_bad_signature'),
  bad_protocol: sentence('connection_refused_bad_protocol'),
  certificate_expired: sentence('connection_refused_certificate_expired'),
  certificate_missing: sentence('connection_refused_certificate_missing'),
  certificate_not_valid_yet: sentence('connection_refused_certificate_not_valid_yet'),
  certificate_other_name: sentence('connection_refused_certificate_other_name'),
  certificate_untrusted: sentence('connection_refused_certificate_untrusted'),
  client_id: sentence('connection_refused_client_id'),
  keep_alive: sentence('connection_refused_keep_alive'),
  no_password: sentence('connection_refused_no_password'),
  no_secret: sentence('connection_refused_no_secret'),
  too_many_new_names: sentence('connection_refused_too_many_new_names'),
  timeout: sentence('connection_refused_timeout'),
  too_many_tries: sentence('connection_refused_too_many_tries'),
  unavailable: sentence('connection_refused_unavailable'),
  unknown_device: sentence('connection_refused_unknown_device'),
  unknown_user: sentence('connection_refused_unknown_user'),
}

const ended: Sentences = {
  closed_by_client: sentence('connection_ended_closed'),
  connection_lost: sentence('connection_ended_lost'),
  disconnect: sentence('connection_ended_disconnect'),
  keepalive_timeout: sentence('connection_ended_keep_alive'),
  operator: sentence('connection_ended_by_operator'),
  rights_changed: sentence('connection_ended_rights_changed'),
  retained_full: sentence('connection_ended_retained_full'),
  server_stop: sentence('connection_ended_server_stop'),
  share_taken: sentence('connection_ended_share_taken'),
  slow_consumer: sentence('connection_ended_slow_consumer'),
  store_failed: sentence('connection_ended_store_failed'),
  taken_over: sentence('connection_ended_taken_over'),
}

export const connectionSentence = ({ what, reason }: Pick<ConnectionNote, 'what' | 'reason'>): Sentence => {
  const known = what === 'refused' ? refused : ended
  const said = Object.hasOwn(known, reason) ? known[reason] : undefined
  if (said !== undefined) return said
  return what === 'refused' ? sentence('connection_refused', { reason }) : sentence('connection_ended_protocol_error', { reason })
}
