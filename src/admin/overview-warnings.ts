// What an operator should look after, as sentences: the store, certificates, files, devices about which a decision is due.

import { errorSentence } from '../errors.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import type { ApiContext } from './api.ts'
import { certificateFacts } from './certificate-facts.ts'
import { isoTime } from './iso-time.ts'

/** Said this long before a certificate ends. */
const daysBefore = 30
const mostNamed = 3

const storeWarnings = ({ storeFailure, site }: ApiContext): readonly Sentence[] => {
  const failure = storeFailure()
  const { bytes, commits } = site.storeLost()
  return [
    ...(failure === null ? [] : [failure.sentence ?? errorSentence(failure.code)]),
    ...(bytes === 0 && commits === 0 ? [] : [sentence('warning_store_lost', { bytes, commits })]),
  ]
}

const certificateWarnings = ({ site, now }: ApiContext): readonly Sentence[] =>
  site.listeners().flatMap(({ url, cert }) => {
    const facts = cert === null ? null : certificateFacts(cert, now())
    if (facts === null || facts.daysLeft >= daysBefore) return []
    const until = isoTime(Date.parse(facts.until))
    return facts.daysLeft < 0
      ? [sentence('warning_certificate_ended', { url, until })]
      : [sentence('warning_certificate_ends', { url, until, days: facts.daysLeft })]
  })

const machineWarnings = ({ site }: ApiContext): readonly Sentence[] => {
  const lines = site.logDropped()
  return [
    ...(site.descriptorsExhausted() ? [sentence('warning_descriptors')] : []),
    ...(lines === 0 ? [] : [sentence('warning_log_dropped', { lines })]),
  ]
}

const deviceWarnings = ({ operators }: ApiContext): readonly Sentence[] => {
  const disputed = operators.fleet.disputed()
  return disputed.length === 0
    ? []
    : [
        sentence('warning_disputed', {
          count: disputed.length,
          devices: disputed.slice(0, mostNamed),
          more: Math.max(0, disputed.length - mostNamed),
        }),
      ]
}

/** The address is none of a viewer's business. */
const webhookWarnings = ({ webhooks }: ApiContext): readonly Sentence[] =>
  webhooks
    .list()
    .flatMap(({ name, trouble, backlog, parked, dropped }) => [
      ...(trouble === null
        ? []
        : [sentence('warning_webhook_failing', { name, since: isoTime(trouble.since), count: backlog, why: trouble.said })]),
      ...(parked.count === 0 ? [] : [sentence('warning_webhook_parked', { name, count: parked.count })]),
      ...(dropped === 0 ? [] : [sentence('warning_webhook_dropped', { name, count: dropped })]),
    ])

export const warningsNow = (context: ApiContext): readonly Sentence[] =>
  [storeWarnings, certificateWarnings, machineWarnings, deviceWarnings, webhookWarnings].flatMap((of) => of(context))
