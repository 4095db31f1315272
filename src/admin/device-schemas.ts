// The JSON of a device in the admin API, as a schema. Knows no route.

import { Type } from 'typebox'
import { taskStates } from '../ota/model.ts'
import { idText, nullable, strict, text, time } from './schema-words.ts'
import { saidFields } from './sentence-schemas.ts'

const takeover = Type.Object(
  {
    at: time,
    device: Type.String({ description: 'pk/dn of the sub-device.' }),
    from: Type.String({ description: 'The gateway that it left.' }),
    to: nullable(Type.String({ description: 'The gateway that took it over; null: it proved itself and has none.' })),
  },
  { ...strict, description: 'The newest ten that it was part of, as the sub-device or as a gateway.' },
)

/** Also of tasks by themselves. */
export const taskState = Type.Enum(taskStates, { type: 'string' })

const openTask = Type.Object(
  {
    task: idText('The task.'),
    campaign: idText('The campaign that created it.'),
    module: text,
    version: text,
    state: taskState,
  },
  { ...strict, description: 'An update that has not ended.' },
)

const failedUpdate = Type.Object(
  {
    task: nullable(idText('The task.')),
    campaign: nullable(idText('The campaign that created it; null: it has been removed.')),
    module: text,
    version: text,
    state: nullable(Type.Enum(['failed', 'timed_out', 'rejected'] as const, { type: 'string' })),
    reason: nullable(Type.String({ description: 'As that of the task.' })),
    desc: nullable(Type.String({ description: "The device's own words, shortened." })),
    endedAt: nullable(time),
  },
  { ...strict, description: 'An update without success. All but module and version may be null where an earlier version recorded it.' },
)

/** One device. */
export const device = Type.Object(
  {
    product: text,
    name: text,
    online: Type.Boolean(),
    lastSeen: nullable(time),
    address: nullable(Type.String({ description: 'Of its connection, or of its last one; null: none of its own is known.' })),
    contended: Type.Boolean({ description: 'Several clients use its identity and replace one another.' }),
    gateway: nullable(Type.String({ description: 'pk/dn' })),
    disputed: nullable(Type.String({ description: 'pk/dn of a gateway that claims it too, until an operator decides.' })),
    takeovers: Type.Array(takeover),
    tags: Type.Array(text),
    modules: Type.Record(text, Type.Object({ version: text, reportedAt: time }, strict)),
    failed: Type.Array(failedUpdate, {
      description:
        'What `failed=true` finds: its last update of each module where that did not succeed and no other is open. The newest first.',
    }),
    openTasks: Type.Array(openTask, { description: 'Its updates that have not ended, at most one of each module.' }),
    credential: Type.Enum(['none', 'secret', 'first-use'] as const, { type: 'string' }),
    connection: nullable(
      Type.Object(
        {
          what: Type.Enum(['refused', 'disconnected'] as const, { type: 'string' }),
          reason: Type.String({ description: 'One word, as the metrics count it.' }),
          at: time,
          address: nullable(Type.String({ description: 'Of the client.' })),
          ...saidFields('The reason.'),
        },
        { ...strict, description: 'Why its last connection was refused, or ended; since the server started.' },
      ),
    ),
    createdAt: time,
  },
  { ...strict, $id: 'Device' },
)
