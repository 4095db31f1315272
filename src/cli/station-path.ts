// How commands name a test station, and its place in the API.

import type { Argument } from './command.ts'

export const stationArgument: Argument = { flags: '<ID>', description: 'id of the station' }
export const stationPath = (id: string): string => `/stations/${encodeURIComponent(id)}`
