/** The stages that compare what models are measured on with what they have learned from. */

import { describe, expect, test } from 'vitest'
import { compileFile } from '../../src/cli/program/compiled.ts'
import type { Plan, PlanNode } from '../../src/core/plan.ts'
import { isInOrder } from '../../src/plan/graph.ts'
import { makeProject } from '../cli/rig.ts'

const head = `use std.models { llama }
use std.chat { chatml }
data prose = read("prose.txt", split: lines)
data train, held_out = prose |> split(90%, 10%)
data web = read("web.txt")
data test = read("test.jsonl")
data pairs = read("pairs.jsonl") |> conversations()
data ranked = read("ranked.jsonl") |> rankings(prompt: "{a}", best_first: ["{b}", "{c}"])
tokenizer b = bytes(special: chatml.tokens)
model tiny = llama(vocab: b.size, context: 64, dim: 16, layers: 1, heads: 2)
data tokens = train |> encode(b)
`
const base = 'stage base = pretrain(tiny, on: tokens) { steps: 2 }\n'
const later = `${base}
stage chat = sft(base, on: pairs, template: chatml)
stage reward = reward_model(chat, on: ranked)
data asked, unasked = pairs |> prompts() |> split(50%, 50%)
stage aligned = ppo(chat, reward: reward, on: asked) { steps: 1 }
`

function planOf(lines: string): Plan {
  const project = makeProject({ 'p.llmpipe': head + lines })
  const { plan, diagnostics } = compileFile(`${project.folder}/p.llmpipe`, { params: {}, root: project.folder })
  project.remove()
  if (plan === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'))
  expect(isInOrder(plan)).toBe(true)
  return plan
}

/** `test: train, pairs` for each added stage, and what cannot be compared. */
function checks(lines: string): string[] {
  const { nodes } = planOf(lines)
  const names = (refs: PlanNode['inputs'][string] = []) =>
    refs.map(({ node, output }) => (output === 'out' ? node : node.split(',')[Number(output)])).join(', ')
  return nodes
    .filter(({ kind }) => kind === 'contamination')
    .map(({ name, inputs, params }) => {
      const unknown = (params.$unknown ?? []) as string[]
      return `${name}: ${names(inputs.of)} < ${names(inputs.learned)}${unknown.map((each) => `; ${each}`).join('')}`
    })
}

describe('what is compared', () => {
  test.each<[string, string, string[]]>([
    [
      'documents to evaluate on, with what a pretraining learned',
      `${base}stage score = evaluate([base], on: test)`,
      ['test.contamination: test < train'],
    ],
    [
      'held-out tokens, by the documents that were encoded',
      'stage base = pretrain(tiny, on: tokens, validate: held_out |> encode(b)) { steps: 2 }',
      ['held_out.contamination: held_out < train'],
    ],
    [
      'with pairs, rankings of the reward model, and prompts, through all ancestors',
      `${later}stage score = evaluate([aligned], on: test)`,
      ['test.contamination: test < train, pairs, ranked, asked'],
    ],
    [
      'with all sources of a mixture',
      `data more = web |> encode(b)
stage base = pretrain(tiny, on: mix(tokens: 50%, more: 50%)) { steps: 2 }
stage score = evaluate([base], on: test)`,
      ['test.contamination: test < train, web'],
    ],
    [
      'once for several models and measurements on the same texts',
      `${later}stage one = evaluate([base], on: test)\nstage two = evaluate([chat], on: test)`,
      ['test.contamination: test < train, pairs'],
    ],
    [
      'prompts of a win rate, with the opponent too',
      `${later}stage score = evaluate([base]) { template: chatml, win_rate: against(chat, score: -words, on: unasked) }`,
      ['unasked.contamination: unasked < train, pairs'],
    ],
    [
      'pairs that a fine-tuning is validated on',
      `${base}data more = read("more.jsonl") |> conversations()
stage chat = sft(base, on: pairs, validate: more, template: chatml)`,
      ['more.contamination: more < train, pairs'],
    ],
    [
      'through best and average',
      `for lr in [1e-3, 2e-3] { stage run = pretrain(tiny, on: tokens) { steps: 2, optimizer: adamw(lr: lr) } }
stage tuned = best(run, by: train_loss)
stage score = evaluate([tuned], on: test)`,
      ['test.contamination: test < train'],
    ],
    [
      'what nobody knows of weights from elsewhere is named',
      `stage start = weights("folder") { chat: true }
stage chat = sft(start, on: pairs)
stage score = evaluate([chat], on: test, template: chatml)`,
      ['test.contamination: test < pairs; what the weights of start learned from before'],
    ],
  ])('%s', (_, lines, expected) => expect(checks(lines)).toEqual(expected))

  test.each([
    ['a call that turns it off', `${base}stage score = evaluate([base], on: test) { contamination: off }`],
    ['the texts themselves, which W0418 is about', `${base}stage score = evaluate([base], on: train)`],
    [
      'models that learned nothing here',
      'stage w = weights("folder") { chat: true }\nstage score = evaluate([w], on: test)',
    ],
  ])('nothing for %s', (_, lines) => expect(checks(lines)).toEqual([]))
})

test('the stage changes no key of another', () => {
  const of = (setting: string) =>
    planOf(`${base}stage score = evaluate([base], on: test) { ${setting} }`).nodes.filter(
      ({ kind }) => kind !== 'contamination',
    )
  const keyed = (nodes: readonly PlanNode[]) => nodes.map(({ kind, params, inputs }) => [kind, params, inputs])
  expect(keyed(of('contamination: off'))).toEqual(keyed(of('')))
})
