// What the running server knows of faults, for `fogbell doctor`; and how devices should reach it, so that the command can try.

import { faulty } from '../../finding.ts'
import { sentence } from '../../sentences/sentence.ts'
import { type Api, type ApiContext, answer, base, operations } from '../api.ts'
import { findInServer } from '../fleet-findings.ts'
import { isoTime } from '../iso-time.ts'
import { doctorView } from '../views.ts'

const operation = operations('server')

const storeFindings = ({ storeFailure }: ApiContext) => {
  const failure = storeFailure()
  if (failure === null) return []
  const why = failure.sentence ?? sentence('as_text', { text: failure.message })
  return [faulty('store', sentence('doctor_store_failing', { why }), sentence('doctor_try_space'))]
}

export const doctorRoutes = (app: Api, context: ApiContext): void => {
  const described = operation(
    'doctor',
    'What the server finds wrong with its devices, images and store, and how devices should reach it. Each answer has a new test link.',
    {},
    { 200: answer('Doctor', 'The findings.') },
  )
  app.get(`${base}/doctor`, described, async (_request, reply) => {
    const { operators, files, now, version, reach } = context
    const findings = [...storeFindings(context), ...(await findInServer(operators, files, now()))]
    return reply.send({ version, time: isoTime(now()), findings: findings.map(doctorView), reach: reach() })
  })
}
