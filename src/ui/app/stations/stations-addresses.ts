// The addresses of runs, units and screens. Pure.

export const runHref = (id: string): string => `/runs/${encodeURIComponent(id)}`
export const unitHref = (product: string, serial: string): string => `/units/${encodeURIComponent(product)}/${encodeURIComponent(serial)}`
/** The screen of a station, which is a page of its own. */
export const screenHref = (id: string): string => `/station/${encodeURIComponent(id)}`

/** In the API. */
export const stationPath = (id: string): string => `/stations/${encodeURIComponent(id)}`
export const procedurePath = (id: string): string => `/procedures/${encodeURIComponent(id)}`
export const unitPath = (product: string, serial: string): string => `/units/${encodeURIComponent(product)}/${encodeURIComponent(serial)}`
