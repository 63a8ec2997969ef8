/** The kinds that make pairs, prompts and rankings, on the layouts that such data comes in. */

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TypedCall } from '../../../src/core/kind/kind.ts'
import type { JsonObject } from '../../../src/core/values/json.ts'
import { conversations } from '../../../src/stages/chat/conversations.ts'
import { pair } from '../../../src/stages/chat/pair.ts'
import { prompts } from '../../../src/stages/chat/prompts.ts'
import { rankings } from '../../../src/stages/chat/rankings.ts'
import { render } from '../../../src/stages/chat/render.ts'
import { decontaminate } from '../../../src/stages/data/decontaminate.ts'
import { stdTemplate } from '../../text/chat/stdlib.ts'
import { Rig } from './rig.ts'

const rig = new Rig()
const user = (content: string) => ({ role: 'user', content })
const assistant = (content: string) => ({ role: 'assistant', content })
const chatml = (): JsonObject => {
  const { jinja, ...rest } = stdTemplate('chatml')
  return { template: { call: 'template', ...rest, jinja: [jinja] } as JsonObject }
}

describe('pair', () => {
  const settings = { prompt: 'Define {word}.', response: '{gloss}' }

  it('fills in templates, and says what it could not fill in', async () => {
    const docs = rig.docs(
      { word: 'whale', gloss: 'A mammal.' },
      { word: 'sea' },
      { word: 'ship', gloss: ' ' },
      { word: 'mast', gloss: ['no text'] },
      { word: 7, gloss: 'A number.' },
    )
    const { records, dropped, report } = await rig.run(pair, { docs }, settings)
    expect(records).toEqual([
      { id: 'd0', messages: [user('Define whale.'), assistant('A mammal.')] },
      { id: 'd4', messages: [user('Define 7.'), assistant('A number.')] },
    ])
    expect(dropped).toEqual({
      'pair: no field {gloss}': 1,
      'pair: an empty response': 1,
      'pair: {gloss} is not a text': 1,
    })
    expect(report.ledger!.dropped[0]!.samples).toEqual([{ id: 'd1', text: '{"word":"sea"}' }])
    expect(report).toMatchObject({ metrics: { pairs: 2, left_out: 3 }, summary: '2 pairs, 3 left out' })
    expect(report.ledger!.in.documents).toBe(5)
  })

  it('knows fields within fields, the text, a system message, and braces that are meant', async () => {
    const docs = rig.docs({ text: 'Body', q: { 'a b': [{ x: 'deep' }] }, r: true })
    const templates = { system: 'S{id}', prompt: '\\{{text}\\} \\\\ {q["a b"][0].x}', response: '{r}' }
    const { records } = await rig.run(pair, { docs }, templates)
    expect(records[0].messages).toEqual([{ role: 'system', content: 'Sd0' }, user('{Body} \\ deep'), assistant('true')])
  })

  it('fails where nothing is left, with the fields there are', async () => {
    const run = rig.run(pair, { docs: rig.docs({ wrod: 'a', gloss: 'b' }, { wrod: 'c', gloss: 'd' }) }, settings)
    await expect(run).rejects.toMatchObject({
      code: 'nothing-left',
      message: 'no pairs could be made: the rule "pair: no field {word}" left out 2 of 2',
      help: 'The fields of the documents are: id, wrod, gloss.',
    })
  })

  it('makes nothing of nothing, and stops when asked to', async () => {
    expect((await rig.run(pair, { docs: rig.docs() }, settings)).records).toEqual([])
    await expect(rig.run(pair, { docs: rig.docs({ word: 'a' }) }, settings, AbortSignal.abort())).rejects.toThrow(
      'interrupted',
    )
  })
})

describe('conversations', () => {
  const wanted = [user('Hi'), assistant('Hello')]
  const layouts: Readonly<Record<string, JsonObject>> = {
    messages: { messages: wanted },
    sharegpt: {
      conversations: [
        { from: 'human', value: 'Hi' },
        { from: 'gpt', value: 'Hello' },
      ],
    },
    prompt_response: { prompt: 'Hi', completion: 'Hello' },
    alpaca: { instruction: 'Hi', input: '', output: 'Hello' },
    chosen_rejected: { chosen: '\n\nHuman: Hi\n\nAssistant: Hello', rejected: '\n\nHuman: Hi\n\nAssistant: No' },
  }

  it.each(Object.entries(layouts))('recognizes the layout %s and logs it', async (layout, record) => {
    const { records, log } = await rig.run(conversations, { docs: rig.docs(record) })
    expect(records).toEqual([{ id: 'd0', messages: wanted }])
    expect(log).toEqual([expect.stringContaining(`recognized the layout ${layout}: `)])
    const told = await rig.run(conversations, { docs: rig.docs(record) }, { layout })
    expect(told.records).toEqual(records)
    expect(told.log).toEqual([])
  })

  it('reads alpaca with an input, and messages of parts', async () => {
    const alpaca = await rig.run(conversations, { docs: rig.docs({ instruction: 'Add', input: '1 1', output: '2' }) })
    expect(alpaca.records[0].messages[0]).toEqual(user('Add\n\n1 1'))
    const bare = await rig.run(conversations, { docs: rig.docs({ instruction: '', input: '1 + 1?', output: '2' }) })
    expect(bare.records[0].messages[0]).toEqual(user('1 + 1?'))
    const parts = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ]
    const listed = await rig.run(conversations, {
      docs: rig.docs({ messages: [{ role: 'user', content: parts }, assistant('c')] }),
    })
    expect(listed.records[0].messages[0]).toEqual(user('ab'))
  })

  it('fails where no layout fits, or several do', async () => {
    await expect(rig.run(conversations, { docs: rig.docs({ word: 'a', gloss: 'b' }) })).rejects.toMatchObject({
      code: 'unknown-layout',
      message: expect.stringContaining('their fields are: id, word, gloss'),
    })
    const both = { ...layouts.alpaca, ...layouts.messages }
    await expect(rig.run(conversations, { docs: rig.docs(both) })).rejects.toMatchObject({
      code: 'ambiguous-layout',
      message: expect.stringContaining('messages or alpaca'),
      help: expect.stringContaining('conversations(layout: messages)'),
    })
  })

  it('leaves out what cannot be learned from, and cuts what nobody answers', async () => {
    const docs = rig.docs(
      { messages: [user('a'), assistant('b'), user('c')] },
      { messages: [user('a')] },
      { messages: [assistant('a'), user('b'), assistant('c')] },
      { messages: [user('a'), assistant(' ')] },
      { messages: [user('a'), { role: 'narrator', content: 'b' }, assistant('c')] },
      { messages: [{ role: 'user', content: [{ type: 'image' }] }, assistant('c')] },
      { other: 1 },
    )
    const { records, dropped, report } = await rig.run(conversations, { docs }, { layout: 'messages' })
    expect(records).toEqual([{ id: 'd0', messages: [user('a'), assistant('b')] }])
    expect(dropped).toEqual({
      'conversations: no answer of the assistant': 1,
      'conversations: it begins with the assistant': 1,
      'conversations: an empty answer': 1,
      'conversations: a message of the unknown role "narrator"': 1,
      'conversations: a message with a part of the type "image"': 1,
      'conversations: no list of messages with "role"': 1,
    })
    expect(report.ledger!.changed).toEqual([
      { step: 'conversations: messages after the last answer cut off', documents: 1 },
    ])
  })
})

describe('prompts', () => {
  it('are conversations up to their last answer, each once', async () => {
    const of = rig.artefact('Pairs', [
      { messages: [user('a'), assistant('b')] },
      { messages: [user('a'), assistant('other')] },
      { messages: [user('a'), assistant('b'), user('c'), assistant('d')] },
      { messages: [{ role: 'system', content: 's' }, assistant('x')] },
    ])
    const { records, dropped } = await rig.run(prompts, { of })
    expect(records).toEqual([
      { id: 'e0', messages: [user('a')] },
      { id: 'e2', messages: [user('a'), assistant('b'), user('c')] },
    ])
    expect(dropped).toEqual({ 'prompts: the same prompt again': 1, 'prompts: nothing is asked': 1 })
  })

  it('are made from documents by a template, and from nothing else', async () => {
    const { records } = await rig.run(prompts, { of: rig.docs({ word: 'a' }, { word: 'b' }) }, { prompt: '{word}?' })
    expect(records.map(({ messages }) => messages)).toEqual([[user('a?')], [user('b?')]])
    await expect(rig.run(prompts, { of: rig.docs({}) })).rejects.toThrow('Documents have no prompts')
    await expect(rig.run(prompts, { of: rig.artefact('Pairs', []) }, { prompt: 'x' })).rejects.toThrow(
      'these already have prompts',
    )
  })
})

describe('rankings', () => {
  const rank = (record: JsonObject, settings: JsonObject = {}) =>
    rig.run(rankings, { docs: rig.docs(record) }, settings)
  const ranked = async (record: JsonObject, settings: JsonObject) => {
    const [{ responses, ranks }] = (await rank(record, { prompt: 'q', ...settings })).records
    return Object.fromEntries(responses.map((response: string, i: number) => [response, ranks[i]]))
  }

  it('take templates, the best first', async () => {
    const { records } = await rank(
      { word: 'w', cynic: 'c', scholar: 's' },
      { prompt: 'Define {word}.', best_first: ['{cynic}', '{scholar}'] },
    )
    expect(records).toEqual([{ id: 'd0', messages: [user('Define w.')], responses: ['c', 's'], ranks: [1, 2] }])
  })

  it('take scores, ranks, and lists of answers, with ties', async () => {
    const flat = { a: 'A', b: 'B', c: 'C', d: 'D', n: { a: 1, b: 3, c: 3, d: 0.5 } }
    const responses = ['a', 'b', 'c', 'd']
    const numbers = ['n.a', 'n.b', 'n.c', 'n.d']
    expect(await ranked(flat, { responses, scores: numbers })).toEqual({ A: 3, B: 1, C: 1, D: 4 })
    expect(await ranked(flat, { responses, ranks: numbers })).toEqual({ D: 1, A: 2, B: 3, C: 3 })
    const listed = {
      answers: [
        { text: 'A', good: false },
        { text: 'B', good: true },
      ],
      texts: ['A', 'B'],
      s: [2, 1],
    }
    expect(await ranked(listed, { responses: ['answers.*.text'], scores: ['answers.*.good'] })).toEqual({ A: 2, B: 1 })
    expect(await ranked(listed, { responses: ['texts'], scores: ['s'] })).toEqual({ A: 1, B: 2 })
  })

  it('take the best and the worst, by number or by text', async () => {
    const record = { t: ['A', 'B', 'C', 'D'], best: 2, worst: 'A' }
    const settings = { responses: ['t'], best: 'best', worst: 'worst' }
    expect(await ranked(record, settings)).toEqual({ C: 1, B: 2, D: 2, A: 4 })
    for (const wrong of [{ best: 4 }, { best: 0 }, { worst: 'E' }, { worst: -1 }])
      await expect(ranked({ ...record, ...wrong }, settings)).rejects.toThrow('no rankings could be made')
  })

  it.each([
    [
      'hh-rlhf',
      {
        chosen: '\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: good',
        rejected: '\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: bad',
      },
      [user('a'), assistant('b'), user('c')],
    ],
    ['messages', { chosen: [user('a'), assistant('good')], rejected: [user('a'), assistant('bad')] }, [user('a')]],
    ['answers to a prompt', { prompt: 'a', chosen: 'good', rejected: 'bad' }, [user('a')]],
    [
      'answers as messages',
      { prompt: [user('a')], chosen: [assistant('good')], rejected: [assistant('bad')] },
      [user('a')],
    ],
  ] as const)('take chosen and rejected as %s', async (_, record, messages) => {
    const { records, log } = await rank(record)
    expect(records).toEqual([{ id: 'd0', messages, responses: ['good', 'bad'], ranks: [1, 2] }])
    expect(log).toEqual([expect.stringContaining('recognized the layout chosen_rejected')])
  })

  it('leave out what prefers nothing, and merge what is there twice', async () => {
    const docs = rig.docs(
      { t: ['A', 'B'], s: [1, 1] },
      { t: ['A', 'A', 'B'], s: [1, 2, 0] },
      { t: ['A', 'A', 'B'], s: [1, 1, 0] },
      { t: ['A', 'B'], s: [1] },
      { t: ['A', 'B'], s: ['x', 1] },
      { t: ['A', ' '], s: [1, 2] },
      { s: [1, 2] },
    )
    const { records, dropped, report } = await rig.run(
      rankings,
      { docs },
      { prompt: 'q', responses: ['t'], scores: ['s'] },
    )
    expect(records).toEqual([{ id: 'd2', messages: [user('q')], responses: ['A', 'B'], ranks: [1, 2] }])
    expect(dropped).toEqual({
      'rankings: no preference: all answers rank alike': 1,
      'rankings: one text has two ranks': 1,
      'rankings: not as many scores as answers': 1,
      'rankings: scores that are not numbers': 1,
      'rankings: an empty answer': 1,
      'rankings: no field {t}': 1,
    })
    expect(report.ledger!.changed).toEqual([{ step: 'rankings: an answer that was there twice', documents: 1 }])
    const two = rig.docs(
      { chosen: [user('a'), assistant('g')], rejected: [user('x'), assistant('b')] },
      { chosen: [user('a'), assistant('g')], rejected: [user('a')] },
      { prompt: 'p', chosen: 'g', rejected: 'b' },
    )
    expect((await rig.run(rankings, { docs: two })).dropped).toEqual({
      'rankings: the two answer different conversations': 1,
      'rankings: a conversation that ends without an answer': 1,
    })
  })

  it('do not compile if the form is invalid or the prompt is missing', () => {
    const outputs = (params: JsonObject) => rankings.outputs({ inputs: {}, params, names: 1, self: 'me' } as TypedCall)
    expect(outputs({ prompt: 'q', responses: ['a'] })).toMatchObject({
      at: 'responses',
      message: 'responses is not a form of preferences',
      help: expect.stringContaining('responses and scores'),
    })
    expect(outputs({ prompt: 'q', best_first: ['a', 'b'], scores: ['c'] })).toMatchObject({
      at: 'best_first',
      other: 'scores',
    })
    expect(outputs({ best_first: ['a', 'b'] })).toMatchObject({ message: 'These answers have no prompt' })
  })

  it('list the fields if no form was given and none is recognized', async () => {
    await expect(rank({ better: 'a', worse: 'b' })).rejects.toThrow('their fields are: id, better, worse')
  })
})

describe('render', () => {
  it('gives the reason of the template if it refuses every conversation', async () => {
    const refusing = { ...(chatml().template as JsonObject), jinja: ["{{ raise_exception('No system message') }}"] }
    const run = rig.run(
      render,
      { of: rig.artefact('Pairs', [{ messages: [user('a'), assistant('b')] }]) },
      { template: refusing },
    )
    await expect(run).rejects.toMatchObject({
      message:
        'no documents could be made: the rule "render: the template refuses it" left out 1 of 1. The first is e0: the chat template chatml refuses this conversation: No system message',
      help: 'The ledger shows some of what was left out: `llmpipe show PROGRAM STAGE`.',
    })
  })

  it('shows conversations as the template writes them, prompts with its invitation', async () => {
    const pairs = await rig.run(
      render,
      { of: rig.artefact('Pairs', [{ messages: [user('a'), assistant('b')] }]) },
      chatml(),
    )
    expect(pairs.records).toEqual([
      { id: 'e0', text: '<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nb<|im_end|>\n' },
    ])
    const asked = await rig.run(render, { of: rig.artefact('Prompts', [{ messages: [user('a')] }]) }, chatml())
    expect(asked.records[0].text).toBe('<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n')
  })
})

it('gives the bytes its version stands for: if this fails, raise the version of the kind, then run with -u', async () => {
  const docs = rig.docs(
    { word: 'whale', gloss: 'A mammal of the sea.', joke: 'A fish.', s: [1, 2, 2], t: ['x', 'y', 'z'] },
    { word: 'sea', gloss: 'Größe 👍', joke: 'Wet.', s: [3, 1, 2], t: ['x', 'y', 'z'] },
  )
  const chats = rig.docs({ messages: [user('a'), assistant('b'), user('c')] })
  const pairs = await rig.run(pair, { docs }, { prompt: 'Define {word}.', response: '{gloss}' })
  const made = {
    pair: [pair, pairs],
    conversations: [conversations, await rig.run(conversations, { docs: chats })],
    prompts: [prompts, await rig.run(prompts, { of: pairs.artefact })],
    rankings: [rankings, await rig.run(rankings, { docs }, { prompt: '{word}?', responses: ['t'], scores: ['s'] })],
    decontaminate: [
      decontaminate,
      await rig.run(
        decontaminate,
        { of: pairs.artefact, against: rig.docs({ text: 'it is a MAMMAL of the... sea' }) },
        { ngram: 4 },
      ),
    ],
    render: [render, await rig.run(render, { of: pairs.artefact }, chatml())],
  } as const
  const digests = Object.entries(made).map(([name, [kind, { artefact }]]) => {
    const hash = createHash('sha256')
    for (const file of readdirSync(artefact.path).sort())
      hash.update(`${file}\n`).update(readFileSync(join(artefact.path, file)))
    return `${name} ${kind.version} ${hash.digest('hex')}\n`
  })
  expect(made.decontaminate[1].records.map(({ id }) => id)).toEqual(['d1'])
  await expect(digests.join('')).toMatchFileSnapshot('golden/kinds.txt')
})
