// Why a device's last connection was refused or ended, as a sentence for each reason that the broker gives. Knows no broker: what is not
// listed as an end is a violation of the protocol, named as it is counted.

import { type Sentence, type SentenceCode, sentence } from '../../sentences/sentence.ts'
import type { ConnectionNote } from '../ports/mqtt.ts'

type Codes = Readonly<Record<string, SentenceCode>>

const refused: Codes = {
  anonymous: 'connection_refused_anonymous',
  bad_name: 'connection_refused_bad_name',
  bad_password: 'connection_refused_bad_password',
  bad_signature: 'connection_refused_bad_signature',
  bad_protocol: 'connection_refused_bad_protocol',
  client_id: 'connection_refused_client_id',
  keep_alive: 'connection_refused_keep_alive',
  no_password: 'connection_refused_no_password',
  no_secret: 'connection_refused_no_secret',
  too_many_new_names: 'connection_refused_too_many_new_names',
  timeout: 'connection_refused_timeout',
  too_many_tries: 'connection_refused_too_many_tries',
  unavailable: 'connection_refused_unavailable',
  unknown_device: 'connection_refused_unknown_device',
  unknown_user: 'connection_refused_unknown_user',
}

const ended: Codes = {
  closed_by_client: 'connection_ended_closed',
  connection_lost: 'connection_ended_lost',
  disconnect: 'connection_ended_disconnect',
  keepalive_timeout: 'connection_ended_keep_alive',
  operator: 'connection_ended_by_operator',
  rights_changed: 'connection_ended_rights_changed',
  retained_full: 'connection_ended_retained_full',
  server_stop: 'connection_ended_server_stop',
  share_taken: 'connection_ended_share_taken',
  slow_consumer: 'connection_ended_slow_consumer',
  store_failed: 'connection_ended_store_failed',
  taken_over: 'connection_ended_taken_over',
}

export const connectionSentence = ({ what, reason }: Pick<ConnectionNote, 'what' | 'reason'>): Sentence => {
  const codes = what === 'refused' ? refused : ended
  const code = Object.hasOwn(codes, reason) ? codes[reason] : undefined
  if (code !== undefined) return sentence(code)
  return what === 'refused' ? sentence('connection_refused', { reason }) : sentence('connection_ended_protocol_error', { reason })
}
