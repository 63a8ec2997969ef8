/** The types of defined kinds. Type checking this file is most of the test: each `@ts-expect-error` is an error that must be found. */

import { expect, test } from 'vitest'
import type { Artefact } from '../../src/core/artefact.ts'
import type { DocumentExpression } from '../../src/core/expression.ts'
import type { ParamsOf } from '../../src/core/kind/setting-values.ts'
import type { ValuesOf } from '../../src/custom/llmpipe.d.ts'
import {
  type DefinedKind,
  defineDocumentKind,
  defineKind,
  type RunOf,
  type StageOf,
  type WithRun,
} from '../../src/stages/shared/define-kind.ts'
import type { sft } from '../../src/stages/training/sft.ts'

type Is<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const is = <_T extends true>() => {}

const named = { name: 'it', version: 1, summary: '', positional: [], resources: () => ({}) }
const out = () => [{ name: 'out', type: { kind: 'Report' } }] as const

const kind = defineKind({
  ...named,
  inputs: {
    weights: { kinds: ['Weights'], description: '' },
    maybe: { kinds: ['Pairs'], description: '', optional: true },
    many: { kinds: ['Docs', 'Pairs'], description: '', list: true, named: true },
  },
  settings: {
    steps: { type: 'integer', description: '' },
    share: { type: 'number', countOrPart: true, description: '' },
    clip: { type: 'number', optional: true, description: '' },
    how: { type: 'string', enum: ['a', 'b'], description: '' },
    list: { type: 'array', items: { type: 'string', description: '' }, description: '' },
    every: { type: 'integer', hint: true, description: '' },
    paths: { type: 'string', files: true, description: '' },
    more: { type: 'string', files: true, optional: true, description: '' },
    optimizer: {
      description: '',
      calls: {
        adamw: { properties: { lr: { type: 'number', description: '' } } },
        judge: {
          properties: {
            score: { expression: 'number', optional: true, description: '' },
            reward: { input: { kinds: ['Reward'], description: '' }, description: '' },
          },
        },
      },
    },
  },
  outputs: ({ inputs, settings }) => {
    is<Is<typeof inputs.weights.tokenizer, string>>()
    is<Is<typeof settings.steps, number>>()
    // @ts-expect-error a misspelt setting
    settings.step
    return out()
  },
  async run({ settings, hints, inputs, files, outputs }) {
    is<Is<typeof settings.steps, number>>()
    is<Is<typeof settings.share, number | '100%'>>()
    is<Is<typeof settings.clip, number | undefined>>()
    is<Is<typeof settings.how, 'a' | 'b'>>()
    is<Is<typeof settings.list, readonly string[]>>()
    is<Is<typeof settings.$many, readonly string[] | undefined>>()
    is<Is<typeof hints, { readonly every: number }>>()
    is<Is<typeof inputs.weights.path, string>>()
    is<Is<(typeof inputs.many)[number]['kind'], 'Docs' | 'Pairs'>>()
    is<Is<(typeof inputs)['optimizer.reward'], Artefact | undefined>>()
    is<Is<typeof files.paths.length, number>>()
    is<Is<typeof outputs, Readonly<Record<'out', string>>>>()
    if (settings.optimizer.call === 'adamw') is<Is<typeof settings.optimizer.lr, number>>()
    else is<Is<typeof settings.optimizer.score, DocumentExpression | undefined>>()
    // @ts-expect-error a misspelt setting
    settings.stpes
    // @ts-expect-error a hint is not a setting
    settings.every
    // @ts-expect-error an artefact is not a value of a call
    settings.optimizer.reward
    // @ts-expect-error a misspelt input
    inputs.wieghts
    // @ts-expect-error an optional input may be absent
    inputs.maybe.path
    // @ts-expect-error files of an optional setting may be absent
    files.more.length
    // @ts-expect-error an output that the kind does not have
    outputs.other
    return {}
  },
})

test('a kind without a load is loaded by its own run', () => {
  expect(kind.load).toBeInstanceOf(Function)
})

test('a kind runs with its settings, inputs and outputs by name', async () => {
  const given: Record<string, unknown>[] = []
  const seen = defineKind({
    ...named,
    inputs: { one: { kinds: ['Docs'], description: '' }, many: { kinds: ['Docs'], description: '', list: true } },
    settings: { paths: { type: 'string', files: true, description: '' } },
    outputs: out,
    async run({ settings, inputs, files, outputs }) {
      given.push({ settings, inputs, files, outputs })
      return {}
    },
  })
  const { run } = await seen.load!()
  const stage = { params: { n: 1 }, hints: {}, inputs: { one: ['a'] }, files: {}, outputs: { out: 'o' } }
  await run(stage as never, {} as never)
  expect(given).toEqual([
    { settings: { n: 1 }, inputs: { one: 'a', many: [] }, files: { paths: [] }, outputs: { out: 'o' } },
  ])
})

/** A module that a kind loads has to export the run of that kind. */
type Loading<M> = DefinedKind<
  Record<never, never>,
  { readonly n: { type: 'integer'; description: '' } },
  'out',
  () => Promise<M>
>
type Right = Loading<{ readonly run: RunOf<Loading<unknown>> }>
type Wrong = Loading<{ readonly run: RunOf<typeof sft> }>
is<Is<WithRun<Right>, Right>>()
// @ts-expect-error the run of another kind
is<Is<WithRun<Wrong>, Wrong>>()
// @ts-expect-error no run
is<Is<WithRun<Loading<{ readonly walk: 1 }>>, Loading<{ readonly walk: 1 }>>>()

is<Is<StageOf<typeof sft>['settings']['too_long'], 'drop' | 'cut_end' | 'cut_start'>>()
is<Is<StageOf<typeof sft>['outputs']['out'], string>>()
is<Is<StageOf<typeof sft>['hints']['log_every'], number>>()

test('a document kind without a step does not compile', () => {
  // @ts-expect-error it has no `step`
  const without = defineDocumentKind({ ...named, inputs: {}, settings: {}, outputs: out })
  expect(without).not.toHaveProperty('load')
})

test('settings of custom stages and of llmpipe have values of the same types', () => {
  const settings = {
    n: { type: 'integer', description: '' },
    which: { type: 'string', enum: ['one', 'two'], description: '' },
    list: { type: 'array', items: { type: 'number', description: '' }, description: '' },
    flag: { type: 'boolean', description: '' },
  } as const
  is<Is<ParamsOf<typeof settings>, ValuesOf<typeof settings>>>()
  expect(Object.keys(settings)).toHaveLength(4)
})
