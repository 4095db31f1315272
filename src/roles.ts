// The roles of people and programs, from the one that may least. A leaf: knows no route.

/** Those that a person can have. Each may do what the ones before it may. */
export const personRoles = ['viewer', 'operator', 'admin'] as const
/** `station` is bound to one station and may do nothing but what that one does. */
export const roles = [...personRoles, 'station'] as const

export type PersonRole = (typeof personRoles)[number]
export type Role = (typeof roles)[number]

const rank: Readonly<Record<Role, number>> = { station: 0, viewer: 1, operator: 2, admin: 3 }

/** Whether `role` may do what needs at least `least`. */
export const reaches = (role: Role, least: Role): boolean => rank[role] >= rank[least]
