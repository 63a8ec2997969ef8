/** Programs with chat in them, compiled with the kinds there are, and run on the data of the repository. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { StageKind } from '../../../src/core/kind/kind.ts'
import type { JsonObject } from '../../../src/core/values/json.ts'
import { compile } from '../../../src/language/compile.ts'
import { renderDiagnostics } from '../../../src/language/messages/render.ts'
import type { CheckedCall } from '../../../src/language/program.ts'
import { kinds } from '../../../src/stages/index.ts'
import { readStd } from '../../text/chat/stdlib.ts'
import { Rig } from './rig.ts'

const rig = new Rig()

/** Stands for reading, whatever settings that has. */
const read: StageKind = {
  name: 'read',
  version: 1,
  summary: 'Reads.',
  shape: 'source',
  inputs: {},
  settings: { properties: { paths: { description: 'Paths.', files: true } } },
  positional: ['paths'],
  outputs: () => [{ name: 'out', type: { kind: 'Docs' } }],
}

function calls(text: string): readonly CheckedCall[] {
  const { program, diagnostics, sources } = compile('a.llmpipe', {
    read: (path) => (path === 'a.llmpipe' ? text : readStd(path)),
    catalogue: { kinds: { ...kinds, read }, metrics: {} } as never,
    params: {},
  })
  if (program === undefined) throw new Error(renderDiagnostics(diagnostics, sources))
  return program.calls
}

const records = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as JsonObject)

describe('the data half of the assistant', () => {
  const made = calls(`use std.chat { chatml }
data held_out = read("prose")
tokenizer bpe = train_bpe(held_out, vocab: 2048, special: chatml.tokens)
data pairs = read("data/definitions.jsonl")
  |> pair(prompt: "Define {word}.", response: "{gloss}")
  |> decontaminate(against: held_out)
data prompts = pairs |> prompts()
data rankings = read("data/two_dictionaries.jsonl") |> rankings(prompt: "Define {word}.", best_first: ["{cynic}", "{scholar}"])
data shown = pairs |> render(chatml)
`)
  const call = (kind: string) => made.find((each) => each.kind === kind)!

  it('compiles', () => {
    expect(call('train_bpe').params.special).toEqual(['<|im_start|>', '<|im_end|>'])
    expect(made.map(({ outputs }) => outputs[0]!.type.kind)).toEqual([
      'Docs',
      'Tokenizer',
      'Docs',
      'Pairs',
      'Pairs',
      'Prompts',
      'Docs',
      'Rankings',
      'Docs',
    ])
  })

  it('runs on the dictionaries', async () => {
    const docs = rig.artefact(
      'Docs',
      records('pipelines/data/definitions.jsonl').map((each, i) => ({ ...each, id: `${i}`, text: '' })),
    )
    const pairs = await rig.run(kinds.pair!, { docs }, call('pair').params)
    expect(pairs.records.length).toBeGreaterThan(5000)
    expect(pairs.dropped).toEqual({})
    expect(pairs.records[0].messages).toEqual([
      { role: 'user', content: 'Define abandon.' },
      { role: 'assistant', content: 'Forsake, leave behind.' },
    ])
    const asked = await rig.run(kinds.prompts!, { of: pairs.artefact }, call('prompts').params)
    expect(asked.records).toHaveLength(pairs.records.length)
    const shown = await rig.run(kinds.render!, { of: pairs.artefact }, call('render').params)
    expect(shown.records[0].text).toMatch(/^<\|im_start\|>user\nDefine abandon\.<\|im_end\|>\n/)
    const two = rig.artefact(
      'Docs',
      records('pipelines/data/two_dictionaries.jsonl').map((each, i) => ({ ...each, id: `${i}`, text: '' })),
    )
    const ranked = await rig.run(kinds.rankings!, { docs: two }, call('rankings').params)
    expect(ranked.records.length).toBeGreaterThan(700)
    expect(ranked.records[0]).toMatchObject({
      ranks: [1, 2],
      messages: [{ role: 'user', content: 'Define abasement.' }],
    })
  })
})

it('answers to questions, right or wrong, are rankings with ties in a few lines', async () => {
  const [, call] = calls(`data rankings = read("model-solutions.jsonl") |> rankings(
  prompt: "{question}",
  responses: ["6b_finetuning.solution", "6b_verification.solution", "175b_finetuning.solution", "175b_verification.solution"],
  scores: ["6b_finetuning.is_correct", "6b_verification.is_correct", "175b_finetuning.is_correct", "175b_verification.is_correct"],
)`)
  const solved = (...right: boolean[]) =>
    Object.fromEntries(
      ['6b_finetuning', '6b_verification', '175b_finetuning', '175b_verification'].map((model, i) => [
        model,
        { is_correct: right[i]!, solution: `Answer ${i}` },
      ]),
    )
  const docs = rig.docs(
    { question: 'How many?', ground_truth: '18', ...solved(false, true, false, true) },
    { question: 'How many more?', ground_truth: '1', ...solved(true, true, true, true) },
  )
  const made = await rig.run(kinds.rankings!, { docs }, call!.params)
  expect(made.records).toEqual([
    {
      id: 'd0',
      messages: [{ role: 'user', content: 'How many?' }],
      responses: ['Answer 0', 'Answer 1', 'Answer 2', 'Answer 3'],
      ranks: [3, 1, 3, 1],
    },
  ])
  expect(made.dropped).toEqual({ 'rankings: no preference: all answers rank alike': 1 })
})
