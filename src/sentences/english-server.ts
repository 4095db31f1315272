// The server's own: settings, listeners, store, images, data directory.

export const serverSentences = {} as const
