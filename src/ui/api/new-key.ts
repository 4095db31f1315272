// Keys by which a repeated request makes nothing twice. Knows no request.

/** `crypto.randomUUID` is not there by plain HTTP. */
export const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
