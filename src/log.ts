// The log as every room sees it. Imports nothing of ours; rooms are given a log and never create one.

/** Fields first, then the message: `log.warn({ device }, 'refused: …')`. */
export interface Log {
  trace(fields: object, message: string): void
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
