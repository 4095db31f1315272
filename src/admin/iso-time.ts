// Times of the core, milliseconds since the epoch, as the API shows them: ISO 8601 UTC.

export const isoTime = (at: number): string => new Date(at).toISOString()

export const isoOrNull = (at: number | null): string | null => (at === null ? null : isoTime(at))
