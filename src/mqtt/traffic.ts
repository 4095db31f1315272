// What was received and sent since the start, counted where it passes. Plain numbers; knows no client.

export interface Traffic {
  bytesReceived: number
  packetsReceived: number
  bytesSent: number
  packetsSent: number
  publishReceived: number
  publishBytesReceived: number
  publishSent: number
  publishBytesSent: number
  publishDropped: number
  sockets: number
  connections: number
  /** Admitted clients that are connected. */
  clients: number
  clientsMaximum: number
  sessionsExpired: number
}

export const createTraffic = (): Traffic => ({
  bytesReceived: 0,
  packetsReceived: 0,
  bytesSent: 0,
  packetsSent: 0,
  publishReceived: 0,
  publishBytesReceived: 0,
  publishSent: 0,
  publishBytesSent: 0,
  publishDropped: 0,
  sockets: 0,
  connections: 0,
  clients: 0,
  clientsMaximum: 0,
  sessionsExpired: 0,
})
