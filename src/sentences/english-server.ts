// The server's own: settings, listeners, store, images, data directory.

export const serverSentences = {
  admin_cert_missing: 'missing; admin.key needs its certificate',
  admin_key_missing: 'missing; admin.cert needs its key',
  broker_not_listening: 'the broker was used before it listened',
  data_dir_unusable: 'the data directory {directory} cannot be used: {why}; choose another with --data, or fix its permissions',
  download_thread_ended: 'its thread ended',
  downloads_not_listening:
    'Downloads cannot be served on {host}, port {port}: {why}. Free the port, or choose another with firmware.listen.',
  file_is_directory: '{file} cannot be read: it is a directory',
  file_missing: '{file} cannot be read: there is no such file',
  file_not_allowed: '{file} cannot be read: permission denied',
  file_unreadable: '{file} cannot be read: {why}',
  found_empty_list: 'an empty list',
  found_empty_string: 'an empty string',
  found_hidden_string: 'a string (not shown)',
  found_list: 'a list',
  found_object: 'an object',
  host_invalid: 'found {found}; expected an address or a name, such as 127.0.0.1 or ::',
  image_directory_failed:
    'The directory of images, {directory}, could not be written: {why}. Check free space and permissions, then try again.',
  image_empty: "The image has no bytes: send the file itself as the request's body.",
  image_too_large: 'The image has more than {limit} bytes, the limit set by firmware.maxFileBytes.',
  json_comment: 'comments are not allowed',
  json_name_repeated: 'the name {name} appears twice in one object',
  json_single_quotes: 'strings and names need double quotes',
  json_string_broken: 'unterminated string or invalid escape',
  json_too_deep: 'nested deeper than {depth} levels',
  json_truncated:
    "the text ends where {expected, select, name {a name in double quotes} value {a value} colon {a colon} list_end {a comma or ]} object_end {a comma or '}'} other {the end}} was expected",
  json_unexpected:
    "found {found} where {expected, select, name {a name in double quotes} value {a value} colon {a colon} list_end {a comma or ]} object_end {a comma or '}'} other {the end}} was expected",
  listener_ca_missing: 'missing; requestCert needs the CA certificates that sign client certificates',
  listener_not_encrypted: '{scheme} is not encrypted and would not use it; use {secure}, or leave it out',
  listener_path_unused: '{scheme} has no path; only ws and wss have one',
  listener_tls_missing: 'missing; {scheme} needs cert and key',
  listener_url_invalid: 'found {found}; expected scheme, host and port, such as mqtt://0.0.0.0:1883 or wss://[::]:8084/mqtt',
  module_has_open_task: 'The module {module} of {device} has the open task {task}, which must end before another is created.',
  mqtt_listen_failed:
    '{url} cannot be listened on ({why}): {code, select, EADDRINUSE {another program uses the port; stop it or choose another port} EACCES {permission denied; ports below 1024 need a privilege, so choose a higher one} EADDRNOTAVAIL {this machine has no such address; choose one that it has, or 0.0.0.0 for all} ENOTFOUND {the name is unknown; choose an address of this machine, or 0.0.0.0 for all} other {see mqtt.listeners}}',
  mqtt_listener_address_invalid:
    'mqtt.listeners[{at}].url: found "{url}"; expected an address such as mqtt://0.0.0.0:1883, mqtts://[::]:8883 or ws://0.0.0.0:8083',
  mqtt_listener_ca_missing: 'mqtt.listeners[{at}]: "requestCert" needs "ca", the authorities that sign client certificates',
  mqtt_listener_certificate_invalid:
    'mqtt.listeners[{at}]: the certificate or key of {url} cannot be used ({why}); "cert" and "key" must be PEM texts that belong together',
  mqtt_listener_tls_missing: 'mqtt.listeners[{at}]: {url} needs "cert" and "key"',
  mqtt_packet_impossible: 'MQTT cannot carry {what, select, topic {a topic} other {a packet}} of {size} bytes',
  mqtt_user_fault: '{path}: {fault}',
  mqtt_users_invalid: '{faults}',
  password_hash_invalid: 'not a hash of the form scrypt$N$r$p$salt$hash; make one with `fogbell password`',
  port_taken: 'port {port} is already used by {other}; choose another',
  public_url_invalid: 'found {found}; expected http:// or https://, a host, and at most a port and a path',
  revision_conflict:
    'The {table, select, device {device {record}} firmware {package {record}} campaign {campaign {record}} task {task {record}} other {place of {device} in the queue of campaign {record}}} is {stored, plural, =0 {not stored} other {stored at revision {stored}}}, but the change was made from {from, plural, =0 {no record} other {revision {from}}}: read it again and repeat the change.',
  secret_file_invalid: "the file's content is not valid; expected {expected}",
  secret_not_file: `found an object; expected '{'"file": "…"'}' with the path of a file and nothing else`,
  setting_invalid: 'found {found}; expected {expected}',
  setting_missing: 'missing; expected {expected}',
  setting_unknown: 'unknown setting; known here: {known}',
  setting_unknown_near: 'unknown setting; did you mean {near}?',
  settings_file_not_json: '{file}:{line}:{column} is not valid JSON: {why}',
  settings_file_not_object: "{file} does not hold an object; expected '{'…'}' with settings, as in config.example.json",
  settings_invalid: '{faults, plural, one {there is a fault} other {there are {faults} faults}} in the settings',
  settings_invalid_in_file: '{faults, plural, one {there is a fault} other {there are {faults} faults}} in the settings ({file})',
  store_closed: 'The store in {directory} is closed; nothing was recorded.',
  store_damaged: '{directory}: the store cannot be opened: {why}. Restore the directory from a backup.',
  store_earlier_write_failed:
    'The store in {directory} failed: an earlier write that this one builds on had failed. The change was not recorded; try again.',
  store_failed:
    'The store in {directory} failed: {why}. The change was not recorded; check that the disk has free space and works, then try again.',
  store_locked:
    'The store in {directory} is in use by another process, most likely another Fogbell: stop that one, or use another data directory.',
  store_newer:
    'The store in {directory} has format {found}, this Fogbell reads format {format}: run the newer Fogbell again, or restore a backup that was made before its first start.',
  store_not_ours: '{directory}: there is data ({key}) but no format. It is not a Fogbell store: choose another data directory.',
  store_record_unreadable: '{directory}: the record {key} cannot be read. Restore the directory from a backup.',
  store_unopenable:
    '{directory}: the store cannot be opened: {why}. Check that it is a directory which this user may read and write, on a disk that works; if files are missing, restore it from a backup.',
  tls_pair_unusable:
    'certificate and key cannot be used together ({why}); give the key that the certificate was made for, without a passphrase',
  topic_filter_invalid: 'found "{filter}"; expected a topic filter: "+" must be a whole level, "#" the whole last level',
  upload_incomplete: 'The upload ended before the whole image was received: nothing was stored. Send it again.',
  username_repeated: 'the username "{username}" appears twice',
  value_boolean: 'true or false',
  value_enum: 'one of {values}',
  value_list: 'a list',
  value_list_not_empty: 'a list that is not empty',
  value_number:
    '{kind, select, integer {a whole number} other {a number}}{bound, select, above { above {least}} above_most { above {least}, at most {most}} least { of at least {least}} range { from {least} to {most}} other {}}',
  value_object: 'an object',
  value_or_file: `{value} or '{'"file": …'}'`,
  value_or_null: '{value} or null',
  value_string: 'a string',
  value_string_matching: 'a string that matches {pattern}',
  value_string_not_empty: 'a string that is not empty',
  variable_unknown: 'unknown variable; docs/settings.md lists them all',
  variable_unknown_near: 'unknown variable; did you mean {near}?',
} as const
