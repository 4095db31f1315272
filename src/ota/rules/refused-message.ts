// What watchers of a device are shown of something that was refused: a sentence, with its text.

import { type Sentence, say } from '../../sentences/sentence.ts'
import type { DeviceKey } from '../model.ts'
import type { Event } from '../ports/observers.ts'

export const refusedMessage = (device: DeviceKey, said: Sentence): Event => ({
  type: 'message',
  device,
  direction: 'refused',
  text: say(said),
  code: said.code,
  params: said.params,
})
