// The server's own: settings, listeners, store, images, data directory.

export const serverSentences = {
  migrate_client_twice: 'the client id {client} is on line {line} too',
  migrate_data_not_empty:
    'the data directory {dir} is not empty ({found}): a migration needs an empty one; give another with --data, or move what is in it',
  migrate_data_unusable: 'the data directory {dir} cannot be used: {why}; give another with --data, or correct its rights',
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
  migrate_source_unlockable:
    'the file LOCK in {source} cannot be opened for writing ({why}), so that a running broker would not be noticed: run this as the user of that broker, or migrate a copy of the directory',
  migrate_under_way:
    'another migration, of process {pid}, is writing to {dir}: wait for it; if that process is no migration, remove {path}',
  migrate_unknown_users:
    '{count, plural, one {a session belongs to a user} other {# sessions belong to users}} not in mqtt.users ({names}), whose clients are refused until that changes',
  migrate_unplaced:
    '{count, plural, one {a session belongs} other {# sessions belong}} to no identity that can be derived: give the usernames of {count, plural, one {its client} other {these clients}} with --map, or of all of them with --user or --anonymous, or leave {count, plural, one {it} other {them}} out with --skip-unplaced',
  migrate_unplaced_client: 'its username is not known',
  migrate_user_invalid: 'no client of Fogbell can have the username {username}: {why}',
} as const
