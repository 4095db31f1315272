// Backups: making, checking and restoring one.

export const backupSentences = {
  backup_busy: 'another backup of this server is being made: wait until it has ended; there is one at a time',
  backup_cut_off: 'the connection to the server ended before the backup was whole ({why}): see the log of the server, then try again',
  backup_encrypted: '{of} is encrypted: give the file with its passphrase with --passphrase-file',
  backup_ends_early:
    '{of} is not whole: it ends after {bytes, number} bytes, behind {part, select, null {its beginning} other {{part}}}. Use another backup',
  backup_exists: '{file} exists: give another name, or --force to replace it',
  backup_image_absent: '{of} lacks the image of {name} (SHA-256 {sha256}). Use another backup',
  backup_image_changed:
    'the image of {product}/{version} is damaged in the data directory: its bytes do not have its SHA-256. Add the same file again with `fogbell firmware add`, or remove the package, then make the backup again',
  backup_images_missing:
    'the {count, plural, one {image of a package is} other {images of # packages are}} missing from the data directory: {packages}{more, plural, =0 {} other { and # more}}. A backup would not be whole: add the same files again with `fogbell firmware add`, or remove the {count, plural, one {package} other {packages}}, then make the backup again',
  backup_layout_damaged: '{of} is damaged at byte {at}. Use another backup',
  backup_newer:
    '{of} was made by Fogbell {version} in the format {format}; this one reads formats up to {known}. Use that version of Fogbell, or a later one',
  backup_not_encrypted:
    '{of} is not encrypted, so --passphrase-file does not belong to it: make sure that it is the right file, then leave the option out',
  backup_not_noted:
    'the backup was not given: it holds every secret, and the audit could not record who asked for it. Free space on the disk of the data directory, then make the backup again',
  backup_not_one: '{of} is not a backup of Fogbell, or its beginning is damaged: give a file that `fogbell backup` wrote',
  backup_part_damaged: 'the part {part} of {of} is damaged: it is not what MANIFEST.json at the end names. Use another backup',
  backup_part_missing: 'the part {part} is missing from {of}. Use another backup',
  backup_row_unreadable: 'the row {key} in the part {part} of {of} cannot be read. Use another backup',
  backup_server_failed: 'the server could not continue with the backup: {why}',
  backup_store_newer:
    'the store in {of} has the format {found}, written by Fogbell {version}; this one reads formats up to {known}. Use that version of Fogbell, or a later one',
  backup_target_not_file: '{file} is not a regular file: a backup is written to a file; give the name of a new one',
  backup_unreadable: '{file} cannot be read: {why}',
  backup_write_failed: 'the backup could not be written to {file}: {why}. Nothing is left of it; free space there or give another place',
  passphrase_empty: '{file} is empty: write the passphrase into it',
  restore_data_not_empty:
    'the data directory {dir} is not empty ({found}): a backup is restored into an empty one. Give another with --data, or move away what is in it',
  restore_failed: 'the backup could not be restored to {dir}: {why}. Nothing of it is left there',
  restore_no_space:
    'the disk of {dir} has {free, number} bytes free, and the backup needs {needed, number}: free space, or give another directory',
  restore_under_way: 'another restore is writing to {dir}: wait until it has ended',
  restore_unfinished:
    'a restore into {directory} has not ended, so what is there is not whole. If none is running now, run `fogbell restore` again: it begins anew. To do without the backup, give another directory',
  restore_within: '{file} is inside the data directory {dir}: move the backup elsewhere first',
  seal_altered: '{of} was altered: what is at byte {at} does not authenticate. Use another backup',
  seal_ends_early: '{of} is not whole: its end is missing or damaged. Use another backup',
  seal_header_damaged: '{of} is damaged in its first bytes, which say how it is encrypted. Use another backup',
  seal_wrong_passphrase: 'the passphrase does not belong to {of}',
} as const
