// What is kept in the browser, as far as it lets the page: where storage is blocked or full, nothing is kept and all else works. Knows no view.

export type Kept = 'local' | 'session'

/** Reading the property throws where storage is blocked. */
const areaOf = (kept: Kept): Storage => (kept === 'local' ? localStorage : sessionStorage)

/** null: nothing is kept, or nothing can be. */
export const readStored = (kept: Kept, key: string): string | null => {
  try {
    return areaOf(kept).getItem(key)
  } catch {
    return null
  }
}

/** `value` null: it is removed. Whether it was kept. */
export const writeStored = (kept: Kept, key: string, value: string | null): boolean => {
  try {
    if (value === null) areaOf(kept).removeItem(key)
    else areaOf(kept).setItem(key, value)
    return true
  } catch {
    return false
  }
}

/** Removes all whose keys begin so. */
export const removeStored = (kept: Kept, prefix: string): void => {
  try {
    for (const key of Object.keys(areaOf(kept))) if (key.startsWith(prefix)) areaOf(kept).removeItem(key)
  } catch {
    // Nothing was kept.
  }
}
