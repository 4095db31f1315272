// The server's own: settings, listeners, store, images, data directory.

export const serverSentences = {
  admin_cert_missing: 'missing; admin.key needs its certificate',
  admin_key_missing: 'missing; admin.cert needs its key',
  broker_not_listening: 'the broker was used before it listened',
  certificate_expired: 'the certificate has expired, on {until}; renew it',
  certificate_unreadable: '{isFile, select, yes {{file}} other {the certificate}} cannot be read as a PEM certificate ({why})',
  data_dir_incomplete:
    'the data directory {directory} is not complete: {missing} is missing beside {found}. Nothing was changed. Mount or restore what is missing; to begin anew, give an empty directory',
  data_dir_marker_unreadable:
    '{file} is damaged. Nothing was changed. Restore it from a backup; or, if store/ and images/ beside it belong together, remove this file and start again',
  data_dir_other_store:
    'the store in {directory} is not the one that instance.json beside it belongs to ({expected}; the store has {found, select, none {none} other {{found}}}). Nothing was changed. Restore both from one backup',
  data_dir_required:
    'the data directory {directory} has no store, and requireExisting forbids making a new one: mount the disk that holds it, or start once without requireExisting',
  data_dir_unusable: 'the data directory {directory} cannot be used: {why}; free space, fix its permissions, or choose another with --data',
  demo_folder_full:
    'the demo needs {needed, number} bytes for its temporary data, and {folder} has {free, number} free: free some, or set TMPDIR to another folder',
  demo_folder_unusable:
    'the demo keeps its temporary data in {folder}, which cannot be used: {why}; set TMPDIR to a folder that can be written',
  descriptors_too_few:
    'this process may open {limit} files; at least {least} are needed: raise the limit (`ulimit -n`, or LimitNOFILE= of the service)',
  download_thread_ended: 'its thread ended',
  downloads_not_listening:
    'Downloads cannot be served on {host}, port {port}: {why}. Free the port, or choose another with firmware.listen.',
  file_is_directory: '{file} cannot be read: it is a directory',
  file_missing: '{file} cannot be read: there is no such file',
  file_not_allowed: '{file} cannot be read: permission denied',
  file_not_regular: '{file} is a pipe or a device; give a file, which can be read again at a reload',
  file_unreadable: '{file} cannot be read: {why}',
  firmware_cert_missing: 'missing; firmware.key needs its certificate',
  firmware_closed: 'false, but there is no HTTPS either; set firmware.cert and firmware.key, or true',
  firmware_key_missing: 'missing; firmware.cert needs its key',
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
  images_missing:
    'the {count, plural, one {image of a package is} other {images of # packages are}} missing from {directory}: {packages}{more, plural, =0 {} other { and # more}}. Campaigns that offer {count, plural, one {it} other {them}} pause at the first download. Mount or restore the directory, or add the same files again with `fogbell firmware add`. No image was removed',
  json_comment: 'comments are not allowed',
  json_name_repeated: 'the name {name} appears twice in one object',
  json_single_quotes: 'strings and names need double quotes',
  json_string_broken: 'unterminated string or invalid escape',
  json_too_deep: 'nested deeper than {depth} levels',
  json_truncated:
    "the text ends where {expected, select, name {a name in double quotes} value {a value} colon {a colon} list_end {a comma or ]} object_end {a comma or '}'} other {the end}} was expected",
  json_unexpected:
    "found {found} where {expected, select, name {a name in double quotes} value {a value} colon {a colon} list_end {a comma or ]} object_end {a comma or '}'} other {the end}} was expected",
  key_encrypted:
    '{isFile, select, yes {{file}} other {the key}} is encrypted, and a server cannot ask for its passphrase; write it without one (openssl pkey -in OLD -out NEW)',
  key_unreadable: '{isFile, select, yes {{file}} other {the key}} cannot be read as a PEM private key ({why})',
  listener_ca_missing: 'missing; requestCert needs the CA certificates that sign client certificates',
  listener_not_encrypted: '{scheme} is not encrypted, so it does not use this setting; use {secure}, or omit it',
  listener_path_unused: '{scheme} has no path; only ws and wss have one',
  listener_tls_missing: 'missing; {scheme} needs cert and key',
  listener_url_invalid: 'found {found}; expected scheme, host and port, such as mqtt://0.0.0.0:1883 or wss://[::]:8084/mqtt',
  mes_url_invalid: 'found {found}; expected http:// or https:// and a host',
  migrate_client_twice: 'the client id {client} is on line {line} too',
  migrate_copy_failed: 'the copy of {source} cannot be written to {dir}: {why}; the disk needs room for the copy and for the new store',
  migrate_data_not_empty:
    'the data directory {dir} is not empty ({found}): a migration needs an empty one; give another with --data, or move what is in it',
  migrate_data_within: 'the data directory {dir} is inside {source}, in which nothing is changed: give another with --data',
  migrate_map_columns: 'the first line must be client_id,username',
  migrate_map_faults:
    'the file of --map has {count, plural, one {a fault} other {# faults}}: each line is a client id, a comma and a username; a field with a comma or a quote is put in quotes, and a quote in it is doubled',
  migrate_map_line: 'is not a client id, a comma and a username',
  migrate_map_unused:
    '{count, plural, one {a client id} other {# client ids}} of --map {count, plural, one {is} other {are}} not in the data: {clients}',
  migrate_no_anonymous:
    '{count, plural, one {a session belongs} other {# sessions belong}} to clients without a username, and mqtt.anonymous does not let them in',
  migrate_not_aedes:
    '{source} is a LevelDB directory, and holds nothing of aedes-persistence-level: give the directory that the broker passed to level',
  migrate_not_leveldb: '{source} is not a LevelDB directory (it has no file CURRENT): give the directory that the broker passed to level',
  migrate_queues_over_bound:
    '{count, plural, one {a session holds} other {# sessions hold}} more messages or bytes than mqtt.sessions.maxMessages and maxBytes allow ({clients}): all are delivered, and new messages are dropped for {count, plural, one {it} other {them}} until fewer wait',
  migrate_queues_over_total:
    'queued messages take {bytes, number} bytes, and mqtt.sessions.maxTotalBytes allows {bound, number}: all are delivered, and new messages that have to wait are dropped until fewer do',
  migrate_retained_over_bound:
    'retained messages take {bytes, number} bytes, and mqtt.maxRetainedBytes allows {bound, number}: all are kept, and new topics are not retained until it is raised',
  migrate_source_failed: '{source} cannot be read: {why}',
  migrate_source_locked: '{source} is in use by another process: stop the broker that runs on it first',
  migrate_source_missing: '{source} does not exist: give the directory that the broker passed to level',
  migrate_source_not_file: '{path} is not a regular file: give the directory that the broker passed to level, or a copy of it',
  migrate_source_unlockable:
    'the file LOCK in {source} cannot be opened for writing ({why}), so that a running broker would not be noticed: run this as the user of that broker, or migrate a copy of the directory',
  migrate_under_way: 'another migration is writing to {dir}: wait until it has ended',
  migrate_unknown_users:
    '{count, plural, one {a session belongs to a user} other {# sessions belong to users}} not in mqtt.users ({names}), whose clients are refused until that changes',
  migrate_unplaced:
    '{count, plural, one {a session belongs} other {# sessions belong}} to no identity that can be derived: give the usernames of {count, plural, one {its client} other {these clients}} with --map, or of all of them with --user or --anonymous, or leave {count, plural, one {it} other {them}} out with --skip-unplaced',
  migrate_unplaced_client:
    '{count, plural, =0 {no subscriptions} other {subscribed to {filters}}}{more, plural, =0 {} other { and # more}}',
  migrate_user_invalid: 'no client of Fogbell can have the username {username}: {why}',
  module_has_open_task: 'The module {module} of {device} has the open task {task}, which must end before another is created.',
  mqtt_listen_failed:
    'cannot listen on {url} ({why}): {code, select, EADDRINUSE {another program uses the port; stop it or choose another port} EACCES {permission denied; ports below 1024 need a privilege, so choose a higher one} EADDRNOTAVAIL {this machine has no such address; choose one that it has, or 0.0.0.0 for all} ENOTFOUND {the name is unknown; choose an address of this machine, or 0.0.0.0 for all} other {see mqtt.listeners}}',
  mqtt_listener_address_invalid:
    'mqtt.listeners[{at}].url: found "{url}"; expected an address such as mqtt://0.0.0.0:1883, mqtts://[::]:8883 or ws://0.0.0.0:8083',
  mqtt_listener_ca_missing: 'mqtt.listeners[{at}]: "requestCert" needs "ca", the authorities that sign client certificates',
  mqtt_listener_certificate_invalid:
    'mqtt.listeners[{at}]: the certificate or key of {url} cannot be used ({why}); "cert" and "key" must be PEM texts that belong together',
  mqtt_listener_tls_missing: 'mqtt.listeners[{at}]: {url} needs "cert" and "key"',
  mqtt_packet_impossible: 'MQTT cannot carry {what, select, topic {a topic} other {a packet}} of {size} bytes',
  mqtt_user_fault: '{path}: {fault}',
  mqtt_users_invalid: '{faults}',
  multicast_unusable:
    'multicast DNS cannot be used: UDP port {port}: {why}; another program may hold the port for itself, or no network interface is up',
  password_hash_invalid: 'not a hash of the form scrypt$N$r$p$salt$hash; make one with `fogbell password`',
  port_taken: 'port {port} is already used by {other}; choose another',
  product_repeated: 'product {product} is already in {other}; remove one of them',
  public_url_invalid: 'found {found}; expected http:// or https://, a host, and at most a port and a path',
  revision_conflict:
    'The {table, select, device {device {record}} firmware {package {record}} campaign {campaign {record}} task {task {record}} other {place of {device} in the queue of campaign {record}}} is {stored, plural, =0 {not stored} other {stored at revision {stored}}}, but the change was made from {from, plural, =0 {no record} other {revision {from}}}: read it again and repeat the change.',
  scheme_http_closed: 'there is no plain HTTP (firmware.plain is false); write https, or set firmware.plain to true',
  scheme_https_closed: 'there is no HTTPS; set firmware.cert and firmware.key, or firmware.tlsPublicUrl',
  secret_file_invalid: 'the content of {file} is not valid; expected {expected}',
  secret_not_file: `found an object; expected '{'"file": "…"'}' with the path of a file and nothing else`,
  server_file_not_allowed:
    '{file} cannot be read by this user. If it belongs to the fogbell service, join its group with `sudo adduser $USER fogbell` and sign in again, or use sudo',
  server_not_described:
    'no server is running here: there is no {file}, and no {service}, which the service writes; `systemctl status fogbell` says whether it runs',
  setting_invalid: 'found {found}; expected {expected}',
  setting_missing: 'missing; expected {expected}',
  setting_time_zone_unknown: 'found {found}; expected the name of a time zone, such as Asia/Shanghai',
  setting_unknown: 'unknown setting; known here: {known}',
  setting_unknown_near: 'unknown setting; did you mean {near}?',
  settings_file_not_json: '{file}:{line}:{column} is not valid JSON: {why}',
  settings_file_not_object: "{file} does not hold an object; expected '{'…'}' with settings, as in config.example.json",
  settings_invalid: '{faults, plural, one {there is a fault} other {there are {faults} faults}} in the settings',
  settings_invalid_in_file: '{faults, plural, one {there is a fault} other {there are {faults} faults}} in the settings ({file})',
  station_record_changed: 'The record {key} of test stations has changed meanwhile: read it again and repeat the change.',
  station_record_unreadable: 'The record {key} of test stations cannot be read; restore a backup.',
  store_closed: 'The store in {directory} is closed; nothing was recorded.',
  store_damaged: '{directory}: the store cannot be opened: {why}. Restore the directory from a backup.',
  store_earlier_write_failed:
    'The store in {directory} failed: an earlier write that this one builds on had failed. The change was not recorded; try again.',
  store_failed:
    'The store in {directory} failed: {why}. The change was not recorded; check that the disk has free space and works, then try again.',
  store_file_damaged: '{file} is damaged ({why})',
  store_file_missing: '{file} is missing',
  store_files_faulty:
    'The store in {directory} is not complete: {faults}. Nothing was changed. Restore the whole data directory from a backup.',
  store_has_no_format:
    '{directory}: no record of a format can be read in it, so it is not the store of a Fogbell, or its beginning is lost. Nothing was changed. Choose another data directory, or restore a backup.',
  store_locked:
    'The store in {directory} is in use by another process, most likely another Fogbell: stop that one, or use another data directory.',
  store_log_damaged:
    '{file} in {directory} is damaged at byte {at, number} ({bytes, number} bytes), and {commits, plural, one {a commit} other {# commits}} behind the damage can be read: what was acknowledged would be lost. Nothing was changed. Copy the directory, then accept the loss once with `fogbell serve --accept-loss` or a file accept-loss in the data directory, or restore a backup',
  store_newer:
    'The store in {directory} has format {found}; this Fogbell reads formats up to {format}: run the newer Fogbell again, or restore a backup that was made before its first start.',
  store_not_ours: '{directory}: there is data ({key}) but no format. It is not a Fogbell store: choose another data directory.',
  store_record_unreadable: '{directory}: the record {key} cannot be read. Restore the directory from a backup.',
  store_unopenable:
    '{directory}: the store cannot be opened: {why}. Check that it is a directory which this user may read and write, on a disk that works; if files are missing, restore it from a backup.',
  tls_files_unusable:
    '{cert} and {key} cannot be used together ({why}); give the key that belongs to the certificate, without a passphrase',
  tls_pair_unusable:
    'certificate and key cannot be used together ({why}); give the key that belongs to the certificate, without a passphrase',
  topic_filter_invalid: 'found "{filter}"; expected a topic filter: "+" must be a whole level, "#" the whole last level',
  upload_incomplete: 'The upload ended before the whole image was received: nothing was stored. Send it again.',
  username_repeated: '{username} is already used by {other}',
  username_twice: 'the username "{username}" appears twice',
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
