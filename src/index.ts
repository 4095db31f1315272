// The public interface for programs that embed Fogbell: start a server from settings, and the types of its data.

export type { Description } from './data-dir.ts'
export { errorCodes, OtaError } from './errors.ts'
export type { Log } from './log.ts'
export { createLog } from './log-pino.ts'
export type * from './ota/model.ts'
export { type Running, type ServerOptions, startServer as createServer } from './server.ts'
export type { Settings } from './settings.ts'
export { loadSettings } from './settings-load.ts'
