// The backup of the running server: streamed as fast as the client reads it, and freed as soon as the client has gone.

import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { OtaError } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
import { type Api, type ApiContext, base, operations } from '../api.ts'
import { noteReading } from '../audited.ts'
import { actorOf } from '../callers.ts'

const operation = operations('server')

/** What waits in memory for a slow client, besides what the socket holds. */
const highWaterMark = 65_536

const file = {
  description: 'A tar file. Without its end, MANIFEST.sha256, it is not whole.',
  content: { 'application/x-tar': { schema: Type.Unsafe<unknown>({}) } },
}

/** No line of the audit, no backup: it holds every secret. */
const noteFirst = async (context: ApiContext, request: FastifyRequest, end: () => void): Promise<void> => {
  try {
    await noteReading(context, request)
  } catch (cause) {
    end()
    throw new OtaError('OTA_STORE_FAILED', sentence('backup_not_noted'), { cause })
  }
}

export const backupRoutes = (app: Api, context: ApiContext): void => {
  const { access, backups, images, streams } = context
  const described = operation(
    'getBackup',
    'Everything that the server stores, as it was at the time of the request: records, MQTT sessions, images, the token and all other secrets.',
    {},
    { 200: file },
  )
  app.get(`${base}/backup`, { ...described, exposeHeadRoute: false }, async (request, reply) => {
    const open = { caller: actorOf(request).caller, endsByItself: true, end: () => void reply.raw.destroy() }
    const release = await images.hold()
    try {
      access.gate.mustBeCurrent(open.caller)
      const backup = await backups.begin()
      await noteFirst(context, request, backup.end)
      const stream = Readable.from(backup.bytes, { objectMode: false, highWaterMark })
      streams.add(open)
      stream.once('close', () => {
        streams.delete(open)
        backup.end()
        release()
      })
      // A client that went away before this line closes nothing any more.
      if (reply.raw.destroyed) stream.destroy()
      return await reply.type('application/x-tar').header('content-disposition', `attachment; filename="${backup.fileName}"`).send(stream)
    } catch (thrown) {
      release()
      throw thrown
    }
  })
}
