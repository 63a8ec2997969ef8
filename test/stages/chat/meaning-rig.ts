/** Runs `conversations` on single records, and the messages of which they consist. */

import { expect } from 'vitest'
import type { JsonObject } from '../../../src/core/values/json.ts'
import { conversations } from '../../../src/stages/chat/conversations.ts'
import { Rig } from './rig.ts'

export const rig = new Rig()
export const user = (content: string) => ({ role: 'user', content })
export const assistant = (content: string) => ({ role: 'assistant', content })
export const system = (content: string) => ({ role: 'system', content })
export const weather = { type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }
export const call = (input: JsonObject) => ({
  id: 'c1',
  type: 'function',
  function: { name: 'weather', arguments: input },
})

export const one = async (record: JsonObject) => {
  const { records } = await rig.run(conversations, { docs: rig.docs(record) })
  const { id: _, ...rest } = records[0]
  return rest
}
/** The rule by which a record is left out, and what the run says. */
export const leftOut = async (record: JsonObject, layout = 'messages') => {
  const goods: Readonly<Record<string, JsonObject>> = {
    messages: { messages: [user('a'), assistant('b')] },
    sharegpt: {
      conversations: [
        { from: 'human', value: 'a' },
        { from: 'gpt', value: 'b' },
      ],
    },
  }
  const good = goods[layout] ?? { prompt: 'a', response: 'b' }
  const { records, dropped, log } = await rig.run(conversations, { docs: rig.docs(good, record) }, { layout })
  expect(records.map(({ id }) => id)).toEqual(['d0'])
  const [rule, ...more] = Object.keys(dropped)
  expect(more).toEqual([])
  const name = rule!.replace('conversations: ', '')
  expect(log).toEqual([`1 of 2 left out: ${name} (1). The ledger shows some of each.`])
  return name
}
