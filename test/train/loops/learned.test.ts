/** Every training loop learns an adapter alone, or all weights that are not frozen. */

import { describe, expect, it } from 'vitest'
import { parse } from '../../../grammar/parse.ts'
import { Interrupted } from '../../../src/core/failure.ts'
import { architecture } from '../../../src/language/architecture.ts'
import { withOutputs } from '../../../src/model/training/heads.ts'
import { adapted, loraNames } from '../../../src/model/training/lora.ts'
import type { LearnedSettings, Tuned } from '../../../src/train/weights/learned.ts'
import { commonOf, model, tuningLoops, weights } from '../all-loops.ts'
import { randomWeights } from '../random-weights.ts'
import { sizes } from '../small.ts'

const steps = 4
const lora = { rank: 2, alpha: 4, targets: ['q', 'down'] }
const adaptedNames = adapted(model.graph, lora.targets)

async function tune(name: string, settings: LearnedSettings, change: Parameters<typeof commonOf>[0] = {}) {
  return (await tuningLoops[name]!(commonOf(change), steps, settings)) as Tuned
}

/** The names of the weights whose numbers differ from those at the start. */
function changedIn({ tensors }: Tuned): string[] {
  const known = Object.keys(tensors).filter((name) => weights[name] !== undefined)
  return known.filter((name) => !tensors[name]!.data.every((number, i) => Object.is(number, weights[name]!.data[i])))
}

it.each(['dpo', 'ppo', 'grpo'])('%s leaves the weights alone that only a loss term uses', async (name) => {
  const text = `model net(vocab, context, dim = 8) {
    x = embedding(tokens, vocab, dim)
    z = linear(x, 2)
    loss_term(z * z |> mean(), "size", weight: 0.5)
    linear(x, vocab)
  }`
  const net = architecture(parse('net', text).program, 'net', { vocab: sizes.vocab, context: 16 })
  const start = randomWeights(net, sizes.vocab)
  const optimizer = { lr: 3e-3, betas: [0.9, 0.95], eps: 1e-5, weight_decay: 0.1 }
  const decaying = { freeze: undefined, optimizer }
  const { tensors } = (await tuningLoops[name]!(commonOf({ model: net, weights: start }), steps, decaying)) as Tuned
  const learned = withOutputs(net.graph, ['logits']).weights.map((weight) => weight.name)
  const others = Object.keys(start).filter((each) => !learned.includes(each))
  expect(others).toHaveLength(1)
  for (const each of others) expect(tensors[each]!.data).toEqual(start[each]!.data)
  for (const each of learned) expect(tensors[each]!.data).not.toEqual(start[each]!.data)
})

describe.each(Object.keys(tuningLoops))('%s', (name) => {
  it('with `lora` changes the adapted matrices alone, by the adapter', async () => {
    const tuned = await tune(name, { lora })
    expect(changedIn(tuned).sort()).toEqual(adaptedNames.toSorted())
    expect(Object.keys(tuned.adapter!).sort()).toEqual(
      adaptedNames.flatMap((each) => Object.values(loraNames(each))).sort(),
    )
    for (const each of adaptedNames) expect(tuned.beside![each]!.data).toEqual(weights[each]!.data)
  })

  it('with `freeze` leaves the frozen weights as they are, to the bit', async () => {
    const tuned = await tune(name, { freeze: ['layers.0', 'embed*', 'norm'] })
    const changed = changedIn(tuned)
    const isFrozen = (each: string) => /^layers\.0\.|^embed|(^|\.)norm\./.test(each)
    const names = Object.keys(tuned.tensors)
    expect(changed.filter(isFrozen)).toEqual([])
    expect(names.filter(isFrozen).length).toBeGreaterThan(5)
    expect(changed).toEqual(
      expect.arrayContaining(names.filter((each) => each.startsWith('layers.1.') && !isFrozen(each))),
    )
    const added = name === 'ppo' ? 17 : 0
    const learned = names
      .filter((each) => !isFrozen(each))
      .reduce((sum, each) => sum + tuned.tensors[each]!.data.length, 0)
    expect(tuned.learned).toBe(learned + added)
  })

  it('with `lora` ends in the same bytes when it was interrupted', async () => {
    const undisturbed = await tune(name, { lora })
    const { work } = commonOf({})
    const stop = new AbortController()
    const emit: ReturnType<typeof commonOf>['emit'] = (event) => {
      if (event.event === 'progress' && event.done === 2) stop.abort()
    }
    await expect(tune(name, { lora }, { work, signal: stop.signal, emit })).rejects.toThrow(Interrupted)
    expect((await tune(name, { lora }, { work })).adapter).toEqual(undisturbed.adapter)
  })
})
