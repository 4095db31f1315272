// Why a device's last connection was refused or ended, as a sentence for each reason that the broker gives. Knows no broker: what is not
// listed as an end is a violation of the protocol, named as it is counted.

import type { ConnectionNote } from '../ota/ports/mqtt.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'

type Sentences = Readonly<Record<string, Sentence>>

const refused: Sentences = {
  bad_password: sentence('connection_refused_bad_password'),
  bad_signature: sentence('connection_refused_bad_signature'),
  client_id: sentence('connection_refused_client_id'),
  keep_alive: sentence('connection_refused_keep_alive'),
  no_password: sentence('connection_refused_no_password'),
  no_secret: sentence('connection_refused_no_secret'),
  timeout: sentence('connection_refused_timeout'),
  too_many_tries: sentence('connection_refused_too_many_tries'),
  unavailable: sentence('connection_refused_unavailable'),
  unknown_device: sentence('connection_refused_unknown_device'),
}

const ended: Sentences = {
  closed_by_client: sentence('connection_ended_closed'),
  connection_lost: sentence('connection_ended_lost'),
  disconnect: sentence('connection_ended_disconnect'),
  keepalive_timeout: sentence('connection_ended_keep_alive'),
  operator: sentence('connection_ended_by_operator'),
  rights_changed: sentence('connection_ended_rights_changed'),
  server_stop: sentence('connection_ended_server_stop'),
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
