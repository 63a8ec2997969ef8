/** The base that an exported adapter names. */

import { describe, expect, test } from 'vitest'
import type { Plan, PlanNode } from '../../src/core/plan.ts'
import { trainedBase } from '../../src/run/exports/adapter-base.ts'
import type { Action } from '../../src/store/store.ts'
import { asDigest } from '../brands.ts'
import { eventsOf, type NodeDraft, Project, planOf } from './rig.ts'

const beside = { lora: { merge: false } }

/** A chain of stages, each learned on the weights of the one before, and the export of the last one's adapter. */
function chain(stages: Readonly<Record<string, NodeDraft>>, as = 'peft'): Plan {
  const ids = Object.keys(stages)
  const plan = planOf({ ...stages, adapter: { kind: 'adapter', params: { as }, exportTo: 'out' } })
  const nodes = plan.nodes.map((node, index): PlanNode => {
    const role = node.id === 'adapter' ? 'of' : 'weights'
    return { ...node, inputs: index === 0 ? {} : { [role]: [{ node: ids[index - 1]!, output: 'out' }] } }
  })
  return { ...plan, nodes }
}

/** The base of a chain whose first stage imported the files of these names. */
function baseOf(stages: Readonly<Record<string, NodeDraft>>, files = ['hf/config.json', 'hf/model.safetensors']) {
  const plan = chain({ start: { kind: 'weights' }, ...stages })
  const path = files.map((name) => ({ name, size: 1, sha256: name }))
  const outputs = { out: { digest: asDigest('d'), kind: 'Weights', files: [] } } as const
  const actions = new Map([['start', { files: { path }, outputs } as unknown as Action]])
  return trainedBase(plan.nodes.at(-1)!, plan, actions)
}

describe('the weights that an adapter was learned on are', () => {
  test('those of a folder as they came', () => {
    expect(baseOf({ tuned: { params: beside } })).toBeUndefined()
    expect(baseOf({ tuned: { params: beside }, more: { params: beside } })).toBeUndefined()
  })
  test('those of a training in between, or of a merged adapter', () => {
    expect(baseOf({ whole: {}, tuned: { params: beside } })).toBe('whole')
    expect(baseOf({ merged: { params: { lora: { merge: true } } }, tuned: { params: beside } })).toBe('merged')
    expect(baseOf({ tuned: { params: beside }, whole: {}, more: { params: beside } })).toBe('whole')
  })
  test('the imported ones, if the folder had an adapter or was written by llmpipe', () => {
    expect(baseOf({ tuned: { params: beside } }, ['hf/config.json', 'pirate/adapter_config.json'])).toBe('start')
    expect(baseOf({ tuned: { params: beside } }, ['out/model.json'])).toBe('start')
  })
  test('unknown, if the adapter came from a stage that does not train', () => {
    expect(baseOf({ custom: {} })).toBeUndefined()
  })
})

test.each(['peft', 'files'])(
  'an adapter that was learned on trained weights names no base as %s, and the run says so once',
  async (as) => {
    const project = new Project()
    const plan = chain({ base: { params: { say: 'w' } }, tuned: { params: beside } }, as)
    const said = async () => eventsOf(await project.run(plan), 'log').map(({ message }) => message)
    expect(await said()).toEqual([
      'the adapter was learned on the weights of `base`, not on someone/model as it came: adapter_config.json names no base; `export base to "…" as hf` writes it',
    ])
    expect(JSON.parse(project.read('out/adapter_config.json'))).toEqual({ r: 8, base_model_name_or_path: null })
    expect(await said()).toEqual([])
  },
)
