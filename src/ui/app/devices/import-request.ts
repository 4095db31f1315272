// Sends a list of devices as it is: the server finds out how the spreadsheet has written it. Knows no view.

import { answered, base } from '../../api/client.ts'
import type { Imported } from '../../api/records.d.ts'
import { language } from '../../text/text.ts'

/** `key`: the same list sent again changes nothing twice. Throws a Refusal. */
export const importList = async (file: Blob, key: string): Promise<Imported> => {
  const response = await fetch(`${base}/devices/import`, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { accept: 'application/json', 'accept-language': language.peek(), 'content-type': 'text/csv', 'idempotency-key': key },
    body: file,
  }).catch(() => null)
  // As client.ts refuses where there is no answer.
  if (response === null) throw Object.assign(new Error('no answer'), { problem: null })
  return answered<Imported>(response.status, await response.text())
}
