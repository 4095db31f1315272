// The form of a webhook, and what is sent of it: of one that is changed, what was changed. Pure.

import { type AlertType, alertTypes } from '../../../alerts.ts'
import type { Webhook } from '../../api/records.d.ts'
import type { Values } from '../../parts/draft.ts'

type Known = Pick<Webhook, 'events' | 'products'>

/** A URL is shown without its secrets, and thus not typed into the field: empty leaves it as it is. Of no event all are meant. */
export const webhookValues = (webhook: Known | null): Values => ({
  name: '',
  url: '',
  products: webhook?.products.join(', ') ?? '',
  secret: '',
  ca: '',
  renew: '',
  forgetCa: '',
  ...Object.fromEntries(
    alertTypes.map((type) => [
      `on ${type}`,
      webhook === null || webhook.events.length === 0 || webhook.events.includes(type) ? 'true' : '',
    ]),
  ),
})

const eventsIn = (values: Values): readonly AlertType[] => {
  const chosen = alertTypes.filter((type) => values[`on ${type}`] === 'true')
  return chosen.length === alertTypes.length ? [] : chosen
}

const productsIn = ({ products = '' }: Values): readonly string[] =>
  products
    .split(/[\s,，]+/)
    .map((product) => product.trim())
    .filter((product) => product !== '')

const same = (one: readonly string[], other: readonly string[]): boolean => JSON.stringify(one) === JSON.stringify(other)

export const webhookBody = (values: Values, webhook: Known | null): Readonly<Record<string, unknown>> => {
  const { name = '', url = '', secret = '', ca = '', renew, forgetCa } = values
  const events = eventsIn(values)
  const products = productsIn(values)
  return {
    ...(webhook === null ? { name: name.trim() } : {}),
    ...(webhook === null || url.trim() !== '' ? { url: url.trim() } : {}),
    ...((webhook === null ? events.length > 0 : !same(events, webhook.events)) && { events }),
    ...((webhook === null ? products.length > 0 : !same(products, webhook.products)) && { products }),
    ...(renew === 'true' ? { secret: null } : secret === '' ? {} : { secret }),
    ...(forgetCa === 'true' ? { ca: null } : ca.trim() === '' ? {} : { ca }),
  }
}
