/** The examples that trainings learn from: every example that is left out is counted and reported with its reason. */

import { describe, expect, it } from 'vitest'
import type { StageEvent } from '../../../src/core/event.ts'
import type { StageRun } from '../../../src/core/kind/stage.ts'
import type { JsonObject } from '../../../src/core/values/json.ts'
import { LedgerBook } from '../../../src/data/ledger.ts'
import { encodedPrompts } from '../../../src/stages/chat/prompt-examples.ts'
import { materialOf } from '../../../src/stages/judging/evaluate-material.ts'
import { rewardExamples } from '../../../src/stages/training/examples/reward-examples.ts'
import { sftExamples } from '../../../src/stages/training/examples/sft-examples.ts'
import { bytesTokenizer } from '../../../src/text/bytes.ts'
import { charactersTokenizer } from '../../../src/text/characters.ts'
import { chatEncoder } from '../../../src/text/chat/encode-chat.ts'
import { type ChatTemplate, ownName } from '../../../src/text/chat/template.ts'
import { specialTokens } from '../../../src/text/special.ts'
import type { Contestant } from '../../../src/train/evaluation/contestant.ts'
import { Rig } from './rig.ts'

const rig = new Rig()
const tokenizer = bytesTokenizer(specialTokens('', ['<end>']))

/** Refuses a system message, as Gemma's template does, and takes the thoughts out of earlier answers. */
const template: ChatTemplate = {
  name: 'mine',
  tokens: ['<end>'],
  end: '<end>',
  jinja:
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}" +
    "{{ m.role[0] + ':' + (m.content if loop.last else m.content.split('</think>')[-1]) + '<end>' }}{% endfor %}" +
    "{% if add_generation_prompt %}{{ 'a:' }}{% endif %}",
}

const pair = (id: string, question: string, answer: string, ...before: JsonObject[]): JsonObject => ({
  id,
  messages: [...before, { role: 'user', content: question }, { role: 'assistant', content: answer }],
})
const bad = (id: string) => pair(id, 'q', 'a', { role: 'system', content: 's' })
const reason = 'the chat template mine refuses this conversation: System role not supported'

/** A stage that only says things. */
function listening() {
  const log: string[] = []
  const emit = (event: StageEvent) => void (event.event === 'log' && log.push(`${event.level}: ${event.message}`))
  return { log, stage: { emit } }
}

const plain = { template, tokenizer, tooLong: 'drop' as const, heldOut: 0, seed: 1, lengths: { context: 100 } }

async function sft(pairs: readonly JsonObject[], options: Partial<Parameters<typeof sftExamples>[1]> = {}) {
  const { log, stage } = listening()
  const made = await sftExamples(rig.artefact('Pairs', pairs).path, { ...plain, ...options }, stage)
  const texts = (of: typeof made.train) => of.map(({ ids }) => tokenizer.decode(ids))
  return { log, ledger: made.ledger, train: texts(made.train), heldOut: texts(made.heldOut) }
}

const dropped = (ledger: { readonly dropped: readonly { readonly rule: string; readonly documents: number }[] }) =>
  Object.fromEntries(ledger.dropped.filter(({ documents }) => documents > 0).map((each) => [each.rule, each.documents]))

describe('sft', () => {
  it('leaves out what the template refuses, and says which and why', async () => {
    const { train, log, ledger } = await sft([pair('p0', 'x', 'y'), bad('p1'), bad('p2')])
    expect(train).toEqual(['u:x<end>a:y<end>'])
    expect(log).toEqual([`warning: 2 of 3 conversations left out, the first is p1: ${reason}`])
    expect(dropped(ledger)).toEqual({ 'sft: the chat template refuses it': 2 })
    expect(ledger.dropped.flatMap(({ samples }) => samples)).toMatchObject([
      { id: 'p1', value: `p1: ${reason}` },
      { id: 'p2', value: `p2: ${reason}` },
    ])
  })

  it('leaves out what the tokenizer has no token for, and says what that is', async () => {
    const few = charactersTokenizer([...'a:uxy'].sort(), specialTokens('', ['<end>']))
    const { train, log, ledger } = await sft([pair('p0', 'x', 'y'), pair('p1', 'x', 'é'), bad('p2')], {
      tokenizer: few,
    })
    expect(train.length).toBe(1)
    expect(log).toEqual([
      'warning: 2 of 3 conversations left out, the first is p1: the character tokenizer does not know "é" (U+00E9)',
    ])
    expect(dropped(ledger)).toEqual({
      'sft: the chat template refuses it': 1,
      'sft: the tokenizer does not know all of it': 1,
    })
  })

  it('gives the reason of the template and its way out if every conversation is refused', async () => {
    await expect(sft([bad('p1'), bad('p2')])).rejects.toMatchObject({
      message: `no conversation is left to learn from; 2 of 2 are refused, the first is p1: ${reason}`,
      help: 'The reason comes from the template. Change the conversation, or use another template.',
    })
  })

  it('counts each reason if nothing is left to learn from', async () => {
    await expect(sft([bad('p1'), pair('p2', 'x', 'y'.repeat(200))])).rejects.toMatchObject({
      message: `no conversation is left to learn from; 1 is longer than the context of 100 tokens; 1 of 2 are refused, the first is p1: ${reason}`,
      help: 'Give it more pairs, or cut what is too long (too_long: cut_end).',
    })
  })

  it('names a template without a name by the weights it came with', async () => {
    await expect(sft([bad('p1')], { template: { ...template, name: ownName } })).rejects.toThrow(
      'the chat template that came with the weights refuses this conversation: System role not supported',
    )
  })

  it('counts conversations whose answers are taught one by one', async () => {
    const thought = '<think>t</think>'
    const messages = [
      { role: 'user', content: 'x' },
      { role: 'assistant', content: `${thought}y` },
      { role: 'user', content: 'z' },
      { role: 'assistant', content: `${thought}w` },
    ]
    const { train, ledger } = await sft([{ id: 'p0', messages }, pair('p1', 'q', 'r')])
    expect(train).toEqual([
      'u:x<end>a:<think>t</think>y<end>',
      'u:x<end>a:y<end>u:z<end>a:<think>t</think>w<end>',
      'u:q<end>a:r<end>',
    ])
    expect(ledger.changed).toEqual([
      {
        step: 'sft: several examples of one conversation',
        documents: 1,
        note: '2 examples: the template writes a beginning otherwise once more follows',
      },
    ])
  })

  it('splits pairs of one prompt one by one, and says so', async () => {
    const pairs = Array.from({ length: 40 }, (_, i) => pair(`p${i}`, 'x', `y${i}`))
    const { train, heldOut, log } = await sft(pairs, { heldOut: 0.05 })
    expect([train.length, heldOut.length]).toEqual([38, 2])
    expect(log).toEqual(['warning: all pairs have one prompt: 2 of 40 pairs are held out, not a share of the prompts'])
    const one = await sft(pairs.slice(0, 1), { heldOut: 0.05 })
    expect([one.train.length, one.heldOut.length]).toEqual([1, 0])
    expect(one.log).toEqual(['warning: only one of the pairs is left: none is held out, so none is measured on'])
  })

  it('keeps to max_length, and says what is left out or cut for it', async () => {
    const pairs = [pair('p0', 'x', 'y'), pair('p1', 'x', 'y'.repeat(50))]
    const lengths = { context: 100, max_length: 20 }
    const left = await sft(pairs, { lengths })
    expect(left.train).toEqual(['u:x<end>a:y<end>'])
    expect(dropped(left.ledger)).toEqual({ 'sft: longer than max_length (20 tokens)': 1 })
    expect(left.log).toEqual([
      'warning: 1 conversation longer than max_length (20 tokens) left out: `too_long` can cut them instead',
    ])
    const cut = await sft(pairs, { lengths, tooLong: 'cut_end' })
    expect(cut.train[1]).toBe(`u:x<end>a:${'y'.repeat(14)}`)
    expect(cut.log).toEqual(['warning: 1 conversation cut to fit max_length (20 tokens)'])
    const beyond = await sft(pairs, { lengths: { context: 100, max_length: 200 } })
    expect(beyond.log).toEqual(['warning: max_length 200 has no effect: it is more than the context of 100 tokens'])
  })
})

describe('rankings', () => {
  const ranking = (id: string, question: string, ...before: JsonObject[]): JsonObject => ({
    id,
    messages: [...before, { role: 'user', content: question }],
    responses: ['good', 'bad'],
    ranks: [1, 2],
  })
  const read = async (rankings: readonly JsonObject[], options: Partial<Parameters<typeof rewardExamples>[1]> = {}) => {
    const { log, stage } = listening()
    const made = await rewardExamples(
      rig.artefact('Rankings', rankings).path,
      { ...plain, heldOut: 0.5, ...options, tooLong: 'drop' },
      stage,
    )
    return { ...made, log }
  }

  it('leave out what the template refuses', async () => {
    const { train, log, ledger } = await read(
      [ranking('r0', 'x'), ranking('r1', 'y', { role: 'system', content: 's' }), ranking('r2', 'z')],
      { heldOut: 0 },
    )
    expect(train).toHaveLength(2)
    expect(log).toEqual([`warning: 1 of 3 conversations left out, the first is r1: ${reason}`])
    expect(dropped(ledger)).toEqual({ 'rankings: the chat template refuses it': 1 })
  })

  it('give the reason of the template if it refuses them all', async () => {
    const system = { role: 'system', content: 's' }
    await expect(read([ranking('r0', 'x', system), ranking('r1', 'y', system)])).rejects.toMatchObject({
      message: `no ranking is left to learn from; 2 of 2 are refused, the first is r0: ${reason}`,
      help: 'The reason comes from the template. Change the conversation, or use another template.',
    })
  })

  it('of one prompt are split one by one', async () => {
    const { train, heldOut, log } = await read([ranking('r0', 'x'), ranking('r1', 'x'), ranking('r2', 'x')])
    expect([train.length, heldOut.length]).toEqual([1, 2])
    expect(log).toEqual([
      'warning: all rankings have one prompt: 2 of 3 rankings are held out, not a share of the prompts',
    ])
  })

  it('keep to max_length', async () => {
    const { train, log } = await read([ranking('r0', 'x'), ranking('r1', 'y'.repeat(50))], {
      heldOut: 0,
      lengths: { context: 100, max_length: 20 },
    })
    expect(train).toHaveLength(1)
    expect(log).toEqual([
      'warning: 2 answers longer than max_length (20 tokens) left out: `too_long` can cut them instead',
    ])
  })
})

it('a prompt that the template refuses is not answered, and the others are', async () => {
  const { log, stage } = listening()
  const prompts = rig.artefact('Prompts', [
    {
      id: 'q0',
      messages: [
        { role: 'system', content: 's' },
        { role: 'user', content: 'x' },
      ],
    },
    { id: 'q1', messages: [{ role: 'user', content: 'x' }] },
  ])
  const options = {
    encoder: chatEncoder(template, tokenizer),
    longest: 50,
    step: 'generate',
    book: new LedgerBook(),
    stage,
  }
  const found: string[] = []
  for await (const { prompt } of encodedPrompts(prompts.path, options)) found.push(prompt.id)
  expect(found).toEqual(['q1'])
  expect(log).toEqual([`warning: 1 of 2 conversations left out, the first is q0: ${reason}`])
})

describe('an evaluation', () => {
  // Only what encodes conversations is looked at.
  const contestant = { name: 'm', template, tokenizer } as unknown as Contestant
  const read = async (kind: 'Docs' | 'Pairs', records: readonly JsonObject[], measure: 'loss' | 'exact_match') => {
    const { log, stage } = listening()
    const book = new LedgerBook()
    const run = { ...stage, signal: new AbortController().signal } as unknown as StageRun
    const material = await materialOf(run, rig.artefact(kind, records), measure, [contestant], book)
    return { material, log, ledger: book.ledger() }
  }

  it('continues without a bad question', async () => {
    const { material, log, ledger } = await read(
      'Docs',
      [
        { id: 'd0', question: 'x', answer: 'y' },
        { id: 'd1', question: 'x' },
      ],
      'exact_match',
    )
    expect(material).toMatchObject({ questions: [{ question: 'x', answers: ['y'] }] })
    expect(log).toEqual([
      'warning: 1 of 2 questions left out: the document d1 is not a question: it must have {"question": "…", "answer": "…"}',
    ])
    expect(dropped(ledger)).toEqual({ 'evaluate: no question with its answer': 1 })
    await expect(read('Docs', [{ id: 'd1', question: 'x' }], 'exact_match')).rejects.toThrow('d1 is not a question')
  })

  it('continues without a conversation that the template refuses', async () => {
    const { material, log } = await read('Pairs', [pair('p0', 'x', 'y'), bad('p1')], 'loss')
    expect(material).toMatchObject({ pairs: [{ id: 'p0' }] })
    expect(log).toEqual([`warning: 1 of 2 conversations left out, the first is p1: ${reason}`])
  })
})
