// What an operator should look after: the warnings of the overview.

export const siteSentences = {
  warning_certificate_ended:
    'the certificate of {url} has ended, at {until}: clients refuse it. Renew it, and send the server SIGHUP to take it up',
  warning_certificate_ends:
    'the certificate of {url} ends in {days, plural, =0 {less than a day} one {# day} other {# days}}, at {until}. Renew it, and send the server SIGHUP to take it up',
  warning_descriptors:
    'the process can open no more files and connections: raise its limit (LimitNOFILE= of the service), and start it again',
  warning_disputed:
    '{count, plural, one {a device is} other {# devices are}} claimed by a gateway and also connected directly: {devices}{more, plural, =0 {} other { and # more}}. Say whose {count, plural, one {it is} other {they are}} with `fogbell device add PK/DN --gateway PK/DN` or `--no-gateway`',
  warning_log_dropped:
    '{lines, plural, one {a line} other {# lines}} of the log could not be written since the start: whoever reads the output of the server is too slow, or its disk is full',
  warning_store_lost:
    'the last start could not read {bytes, plural, one {a byte} other {# bytes}} of the log of the store, and {commits, plural, =0 {no} other {#}} {commits, plural, one {commit is} other {commits are}} missing: devices report again what was lost, operators have to look through what they changed last',
} as const
