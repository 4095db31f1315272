// Which images a unit was given. Pure.

import type { BirthCertificate } from '../../api/records.d.ts'

/** Of runs without a board nothing was installed. */
export const imagesOf = ({ firmware, runs }: Pick<BirthCertificate, 'firmware' | 'runs'>): BirthCertificate['firmware'] => {
  const connected = new Set(runs.flatMap(({ id, connectedAt }) => (connectedAt === null ? [] : [id])))
  return firmware.filter(({ run }) => connected.has(run))
}
