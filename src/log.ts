// The log as every room sees it. Imports nothing of ours; rooms are handed one and never make one.

/** Structured first, then the words: `log.warn({ device }, 'refused: …')`. */
export interface Log {
  trace(fields: object, message: string): void
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
