// A connection without a socket.

import type { Link } from '../../src/mqtt/client.ts'

/** Open until a test says otherwise; drops what is written. */
export const quietLink = (): Link & { closed: boolean } => ({
  id: 'c',
  closed: false,
  host: '',
  tlsHost: null,
  certificate: null,
  remote: 'far',
  waiting: 0,
  write: () => undefined,
  close: () => undefined,
})
