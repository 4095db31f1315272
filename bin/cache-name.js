// How the files are named in which bin/code-cache.js keeps the compiled code of a bundle.

/**
 * What their names begin with, for a bundle with this text: V8 compares no more than its length. Therefore bin/bundle.js begins it with `//` and
 * the digest of the rest.
 */
export const cacheStart = (bundle, text) => `${bundle}-${text.slice(2, 18)}-`
