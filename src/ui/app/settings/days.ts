// How urgent a certificate is. Pure.

/** As the server warns. */
const daysBefore = 30

export const daysMark = (daysLeft: number): 'good' | 'warn' | 'bad' => (daysLeft < 0 ? 'bad' : daysLeft < daysBefore ? 'warn' : 'good')
