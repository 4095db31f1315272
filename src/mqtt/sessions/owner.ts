// The identity that a session belongs to, by the session's id: entry/identity.ts puts it before the client id. Pure.

/** How many parts of an id follow the kind of the identity. */
const partsOf: ReadonlyMap<string, number> = new Map([
  ['device', 2],
  ['user', 1],
  ['anonymous', 0],
])

/** `device/pk/dn`, `user/name` or `anonymous`; an id that the engine has made up is its own owner. */
export const ownerOf = (id: string): string => {
  const [kind = '', ...rest] = id.split('/')
  const parts = partsOf.get(kind)
  return parts === undefined || rest.length <= parts ? id : [kind, ...rest.slice(0, parts)].join('/')
}

/**
 * How much of what the other clients leave of the owner's share one client's queue may take. All clients of a user, or without a username,
 * are one owner: one of them that stays away must not starve the others, however many there are. Those of a device are one board.
 */
export const partOf = (owner: string): number => (owner === 'anonymous' || owner.startsWith('user/') ? 0.5 : 1)

/** How many bytes each owner has taken. */
export const createTally = () => {
  const taken = new Map<string, number>()
  return {
    of: (owner: string): number => taken.get(owner) ?? 0,
    add(owner: string, bytes: number): void {
      const sum = (taken.get(owner) ?? 0) + bytes
      if (sum === 0) taken.delete(owner)
      else taken.set(owner, sum)
    },
    /** Who has taken most, `user/erp: 1234567 bytes`. */
    most(): string {
      let [most, bytes] = ['nobody', 0]
      for (const [owner, sum] of taken) if (sum > bytes) [most, bytes] = [owner, sum]
      return `${most}: ${bytes} bytes`
    },
  }
}

export type OwnerTally = ReturnType<typeof createTally>
