// People, tokens, roles, sessions, and the audit.

export const accessSentences = {
  access_record_unreadable: 'The record {key} of people and tokens cannot be read; restore a backup.',
  audit_changed: 'Line {from} was changed: its text does not have its hash.',
  audit_head_missing: 'The noted head, line {from}, is not in the audit: lines were removed at its end, or written anew.',
  audit_missing: '{count, plural, one {Line {from} is} other {Lines {from} to {to} are}} missing.',
  audit_stray: 'Behind line {from} there is a record that is no line: something else has written to the store.',
  audit_unlinked: 'Line {to} does not follow line {from}: one of them was written anew.',
  field_not_a_name:
    'must be 1 to 64 characters without spaces, characters that cannot be seen and any of / \\ , ; : ? # % " < >, and must not begin with a dot or an accent',
  field_not_a_proxy: 'must be an IP address, or a network such as 10.0.0.0/8',
  last_admin_stays: '{name} is the last admin: make somebody else one first, with "fogbell user role NAME admin".',
  origin_foreign:
    'A page of {origin} may not do this with the session of {host}. Behind a reverse proxy, let it pass the Host header on as the browser sent it.',
  origin_missing: 'A request that changes something by a session must have the header Origin; programs use a token.',
  password_current_missing: 'Whoever changes the own password must give the current one too.',
  password_current_wrong: 'The current password is wrong.',
  rights_changed: 'The rights of the caller have changed since this request began; send it again.',
  role_needed: '{name} has the role {role}; this needs {needed}.',
  role_needed_for_secrets: '{name} has the role {role}; changing a device secret needs {needed}.',
  session_ended: 'The session is unknown or has ended; sign in again.',
  sign_in_busy: 'Too many people are signing in at the same time; try again in a few seconds.',
  sign_in_form: 'give either code, or token, or name and password',
  sign_in_paused: 'Too many wrong attempts from this address; try again in {seconds, plural, one {# second} other {# seconds}}.',
  sign_in_wrong:
    'The name and password, the token or the code are not valid. A code works once, for 15 minutes: "fogbell login" makes another.',
  station_missing: 'a token with the role station needs the id of its station',
  station_not_wanted: 'only a token with the role station has a station',
  station_signs_in_nowhere: 'A station uses its token; it cannot sign in as people do.',
  token_exists: 'There is a token called {name} already; remove it first, or choose another name.',
  token_of_file_stays: 'The token in the file admin.token cannot be removed; replace it with "fogbell token rotate".',
  token_unknown: 'There is no token called {name}.',
  user_exists: 'There is a user called {name} already.',
  user_unknown: 'There is no user called {name}.',
} as const
