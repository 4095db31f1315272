// The admin API: requests that are refused and why, what it cannot listen on, and, for an error that was thrown without a sentence, one
// for each code (`ota_…`).

export const requestSentences = {
  admin_certificate_unusable: 'admin.cert and admin.key cannot be used together: {why}.',
  admin_has_no_port: 'The admin API has no port.',
  admin_listen_failed: `The admin API cannot listen on {host} port {port}: {error, select,
    EADDRINUSE {another program is listening there; stop it, or choose another port with --admin-port}
    EACCES {permission denied; choose a port above 1023 with --admin-port}
    EADDRNOTAVAIL {this machine has no such address; correct admin.listen.host}
    ENOTFOUND {this machine has no such address; correct admin.listen.host}
    other {{why}}}.`,
  after_unknown: 'is not the `next` of a previous page',
  as_text: '{text}',
  body_length_wrong: 'The body does not have the length that Content-Length declares.',
  body_not_json: 'The body is not valid JSON.',
  body_too_large: 'The body is larger than this path accepts.',
  body_type_unsupported: 'This path does not accept bodies of that Content-Type: JSON is application/json, a list of devices is text/csv.',
  changed_meanwhile:
    '{what} is not as it was: somebody has changed it since. `current` is what is there now; read it, and send the change again with If-Match: {etag}',
  changed_to_none: '{what} is not there any more, or is not there yet',
  device_list_character_unreadable: 'this character is in another encoding',
  device_list_column_missing: 'the first row must name the columns, and {column} is missing',
  device_list_column_repeated: 'the column {column} appears twice',
  device_list_column_unknown: 'the column {column} is unknown; the columns are {known}, separated by commas, semicolons or tabs',
  device_list_device_repeated: 'is the same device as row {row}',
  device_list_encoding_unknown:
    'The list cannot be read at {path}: it must be UTF-8, UTF-16 with a byte order mark, or GB18030 (GBK). Spreadsheets save UTF-8 as "CSV UTF-8". Nothing was imported.',
  device_list_field_count: 'has {fields, plural, one {# field} other {# fields}} where the first row has {columns}',
  device_list_formula_failed:
    'is the error of a formula, such as #N/A or #REF!: correct the cell in the spreadsheet, and save the list again',
  device_list_gateway_form: 'the gateway must have the form pk/dn',
  device_list_gateway_unknown: 'the gateway {gateway} is unknown; add it first, or in another row',
  device_list_invalid: `The list has {more, select, true {more than {count} faults} other {{count, plural, one {a fault} other {# faults}}}}; at {path}: {fault}. Nothing was imported.`,
  device_list_nul: 'contains a NUL character; save the list again, as "CSV UTF-8"',
  device_list_number_shortened:
    'is a long number that a spreadsheet has shortened, such as 8.61E+14, and its digits are lost: format the column as text, enter the number again, and save the list',
  device_list_quote_unclosed: 'a quote is opened and never closed',
  device_list_row_too_long: 'is longer than {most} characters: a quote may never be closed',
  device_list_secret_too_long: 'the secret is longer than {most} characters',
  device_list_tag_too_long: 'a tag is longer than {most} characters',
  device_list_tags_too_many: 'there are more than {most} tags',
  device_list_text_after_quote: 'text follows a closing quote; inside a quoted field, write a quote twice',
  fault_at: '{path}: {fault}',
  field_form: 'does not have the required form',
  field_has_binary_character: 'must not contain control characters other than tabs and line feeds, which devices would get; remove them',
  field_has_control_character:
    'must not contain control characters such as NUL, tabs and line feeds, which are no part of what devices report; remove them',
  field_invalid: 'is not valid: {why}',
  field_length: 'must have {least} to {most} characters',
  field_missing: 'is missing',
  field_not_a_device: 'must be a device as pk/dn',
  field_not_a_key: 'must be 1 to 255 visible ASCII characters',
  field_not_a_tag: 'must be one word without spaces, commas or semicolons',
  field_not_a_time: 'must be a time in ISO 8601 with an offset, such as 2026-12-01T02:00:00Z or 2026-12-01T10:00+08:00',
  field_not_above: 'must be greater than {bound}',
  field_not_allowed: 'must be one of {allowed}',
  field_not_an_etag_list: 'must be `*`, or ETags in double quotes as answers have them, separated by commas',
  field_not_an_id: 'must be an id, such as 12',
  field_not_behind: 'must be the id of a campaign, or `any`',
  field_not_with_csv: 'cannot be given with CSV, which has all that match',
  field_not_with_overview: 'cannot be given with only=overview, which is the same for all',
  field_only_with_csv: 'is only for CSV: add format=csv',
  field_time_impossible: 'is not a date and time that exists',
  field_too_few_items: 'must have at least {least} {least, plural, one {item} other {items}}',
  field_too_large: 'must be at most {most}',
  field_too_long: 'must have at most {most} {most, plural, one {character} other {characters}}',
  field_too_many_items: 'must have at most {most} {most, plural, one {item} other {items}}',
  field_too_short: '{least, plural, one {must not be empty} other {must have at least {least} characters}}',
  field_too_small: 'must be at least {least}',
  field_type:
    'must be {type, select, string {text} integer {a whole number} number {a number} boolean {true or false} object {an object} array {a list} other {{type}}}',
  field_type_of_two:
    'must be {type, select, string {text} integer {a whole number} number {a number} boolean {true or false} object {an object} array {a list} other {{type}}} or {other, select, string {text} integer {a whole number} number {a number} boolean {true or false} object {an object} array {a list} other {{other}}}',
  field_unknown: 'is unknown',
  firmware_built_otherwise:
    'the image says that it is version {built}, not {version}: an update of a device that then reports {built} has failed',
  firmware_message_long: 'its update message is up to {bytes} bytes long; small devices read at most {most}, so shorten the description',
  firmware_version_long: 'it has {length} characters; small devices keep at most {most}',
  http_malformed: 'This is not an HTTP/1.1 request, or its head is too large.',
  internal_error: 'Internal error; the log has the details under request {request}.',
  key_reused:
    'The Idempotency-Key was used for another request less than 24 hours ago. Use a new key for a new request, and the same body where one is repeated',
  method_unsupported: '{path} supports {allowed}, not {method}.',
  no_such_path: 'There is no {method} {path}; GET /api/v1/openapi.json lists all paths.',
  request_invalid: 'The request is not valid: {faults}{more, plural, =0 {} other {; and # more}}.',
  request_unreadable: 'The request could not be read.',
  server_stopping: 'The server is stopping.',
  token_missing: 'No token was sent: send the header "Authorization: Bearer <token>"; the token is in admin.token in the data directory.',
  token_wrong: 'The token is not known, or not any more; the first one is in admin.token in the data directory.',
  url_invalid: 'The path is not a valid URL: write % itself as %25.',
} as const
