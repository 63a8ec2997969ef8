/** The parts of a record that preferences keep, and the records that they leave out. */

import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/values/json.ts'
import { conversations } from '../../../src/stages/chat/conversations.ts'
import { prompts } from '../../../src/stages/chat/prompts.ts'
import { rankings } from '../../../src/stages/chat/rankings.ts'
import { rank } from '../../../src/stages/judging/rank.ts'
import { assistant, call, rig, system, user, weather } from './meaning-rig.ts'

describe('a preference', () => {
  const ranked = (record: JsonObject) => rig.run(rankings, { docs: rig.docs(record, { ...plain, id: 'plain' }) })
  const plain = { prompt: 'p', chosen: 'g', rejected: 'b' }

  it('has the system message, the earlier turns and the tools of its record', async () => {
    const record = { ...plain, system: 'Be kind.', history: [['q', 'a']], tools: [weather] }
    expect((await ranked(record)).records[0]).toEqual({
      id: 'd0',
      messages: [system('Be kind.'), user('q'), assistant('a'), user('p')],
      tools: [weather],
      responses: ['g', 'b'],
      ranks: [1, 2],
    })
  })

  const turns = [
    { from: 'system', value: 'Be kind.' },
    { from: 'human', value: 'q' },
    { from: 'gpt', value: 'a' },
    { from: 'human', value: 'p' },
  ]
  const asked = [system('Be kind.'), user('q'), assistant('a'), user('p')]
  it.each([
    [
      'ShareGPT’s turns',
      { conversations: turns, chosen: { from: 'gpt', value: 'g' }, rejected: { from: 'gpt', value: 'b' } },
      asked,
    ],
    ['OpenAI’s messages', { messages: asked, chosen: assistant('g'), rejected: assistant('b') }, asked],
    ['a prompt', { prompt: 'p', chosen: assistant('g'), rejected: assistant('b') }, [user('p')]],
    ['alpaca', { instruction: 'i', input: 'n', chosen: 'g', rejected: 'b' }, [user('i\n\nn')]],
    ['alpaca without an input', { instruction: 'i', input: '', chosen: 'g', rejected: 'b' }, [user('i')]],
    [
      'alpaca with what stands beside it',
      { instruction: 'i', system: 'Be kind.', history: [['q', 'a']], chosen: 'g', rejected: 'b' },
      [...asked.slice(0, 3), user('i')],
    ],
  ])(
    'of %s, as LlamaFactory writes them, is ranked, and its chosen answer can be learned',
    async (_, record, messages) => {
      const docs = rig.docs(record as unknown as JsonObject)
      const { records } = await rig.run(rankings, { docs })
      expect(records).toEqual([{ id: 'd0', messages, responses: ['g', 'b'], ranks: [1, 2] }])
      const pairs = await rig.run(conversations, { docs })
      expect(pairs.records).toEqual([{ id: 'd0', messages: [...messages, assistant('g')] }])
      expect(pairs.log[0]).toContain('recognized the layout chosen_rejected')
    },
  )

  it('is left out where its messages end with an answer, or an answer with a question', async () => {
    const sides = { chosen: assistant('g'), rejected: assistant('b') }
    const { dropped } = await rig.run(rankings, {
      docs: rig.docs(
        plain,
        { messages: [user('p'), assistant('a')], ...sides },
        { messages: [user('p')], ...sides, chosen: user('g') },
      ),
    })
    expect(dropped).toEqual({
      'rankings: "messages" that end with an answer, beside "chosen" and "rejected"': 1,
      'rankings: a conversation that ends without an answer': 1,
    })
  })

  it('of two whole conversations is not read as a list of messages', async () => {
    const record = {
      prompt: 'p',
      messages: [user('p'), assistant('g')],
      chosen: [user('p'), assistant('g')],
      rejected: 'b',
    }
    await expect(rig.run(conversations, { docs: rig.docs(record) })).rejects.toThrow('messages or chosen_rejected')
  })

  it('whose answers are not only text is left out', async () => {
    const calls = { role: 'assistant', content: 'g', tool_calls: [call({})] }
    const thinks = { role: 'assistant', content: 'g', reasoning_content: 't' }
    const { dropped, log } = await rig.run(rankings, {
      docs: rig.docs(
        plain,
        { prompt: [user('p')], chosen: [calls], rejected: [assistant('b')] },
        { prompt: [user('p')], chosen: [thinks], rejected: [assistant('b')] },
      ),
    })
    expect(dropped).toEqual({
      'rankings: an answer that calls tools': 1,
      'rankings: an answer whose thoughts are in a field of their own': 1,
    })
    expect(log.at(-1)).toMatch(/^2 of 3 left out: an answer that calls tools \(1\); /)
  })
})

it('prompts keep the tools of their conversations, and may end in what a tool said', async () => {
  const messages = [
    user('w?'),
    { role: 'assistant', content: '', tool_calls: [call({})] },
    { role: 'tool', content: 'rain' },
  ]
  const of = rig.artefact('Pairs', [
    { messages: [...messages, assistant('Rain.')], tools: [weather] },
    { messages: [...messages, assistant('It rains.')], tools: [weather] },
    { messages: [...messages, assistant('Rain.')] },
  ])
  const { records } = await rig.run(prompts, { of })
  expect(records).toEqual([
    { id: 'e0', messages, tools: [weather] },
    { id: 'e2', messages },
  ])
})

it('the ledger of rank counts as out only what was ranked', async () => {
  const response = (text: string) => ({ text, ended: true })
  const answers = rig.artefact('Answers', [
    { messages: [user('a')], responses: [response('x'), response('longer')] },
    { messages: [user('b')], responses: [response('x'), response('y')] },
    { messages: [user('c')], responses: [response('x'), response('x')] },
  ])
  const score = { op: 'metric', name: 'characters' }
  const { report, dropped, records } = await rig.run(rank, { answers }, { by: { call: 'judge', score, tie: 0 } })
  expect(records).toHaveLength(1)
  expect(report.ledger).toMatchObject({ in: { documents: 3 }, out: { documents: 1 } })
  expect(dropped).toEqual({
    'rank: all answers say the same': 1,
    'rank: not ranked': 0,
    'rank: all answers rank alike': 1,
  })
})
