// Certificates that the command makes, and the token of the admin API. ICU MessageFormat.

export const certsSentences = {
  certs_authority_exists:
    '{file} exists already: an authority is never overwritten, since devices trust it; give another directory with --dir, or remove both files first',
  certs_authority_expired: 'the authority in {dir} expired on {until}: make a new one in another directory (fogbell certs init --dir DIR)',
  certs_authority_missing: '{file} does not exist: make an authority first (fogbell certs init --dir {dir})',
  certs_authority_unusable:
    '{cert} and {key} are not a certificate of an authority and its RSA key ({why}): give the directory of fogbell certs init',
  certs_device_invalid: '"{device}" is not a device that can connect: {why}',
  certs_file_failed: '{file} cannot be written: {why}',
  certs_file_unreadable: '{file} cannot be read: {why}',
  certs_key_unusable: '{file} is not a private key that can be used again ({why}): make a new one with --new-key',
  certs_name_invalid: '"{name}" is neither a host name nor an IP address, so no certificate can be made for it',
  certs_no_authority: 'it may not sign certificates',
  certs_no_pair: 'they do not belong together',
  certs_not_pem: 'not PEM: {why}',
  certs_not_rsa: 'another kind of key than RSA',
} as const
