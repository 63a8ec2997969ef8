/** The weights that a training learns: all of a model, all that are not frozen, or a low-rank adapter beside them. */

import { StageError } from '../../core/failure.ts'
import type { Tensor, Tensors } from '../../engine/engine.ts'
import type { ParameterSlot } from '../../engine/training-session.ts'
import { bind } from '../../model/bind.ts'
import type { Graph, WeightSpec } from '../../model/graph.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { chosenBy, freezeHelp, patternsOfNothing } from '../../model/training/freeze.ts'
import { type LoraSettings, loraNames, targetNames, targetsOfNothing, withLora } from '../../model/training/lora.ts'
import { mergeAdapter } from './lora.ts'
import { layOut, parameterCount } from './parameters.ts'
import type { StoredTensor } from './safetensors.ts'
import { warmStart } from './warm-start.ts'

export interface LearnedSettings {
  /** Learns an adapter of these settings, and the head that the training adds. Default: the weights themselves are learned. */
  readonly lora?: LoraSettings | undefined
  /** The weights that stay as they are, by parts of their names (model/freeze.ts). Default: none. */
  readonly freeze?: readonly string[] | undefined
}

/** The weights after a training. */
export interface Tuned {
  /** All weights of the model by name, with the adapter merged. */
  readonly tensors: Tensors
  /** The adapter alone; `undefined` if none was learned. */
  readonly adapter?: Readonly<Record<string, StoredTensor>>
  /** With an adapter: all weights without it. */
  readonly beside?: Tensors
  /** How many numbers were learned. */
  readonly learned: number
}

/** The model that a training computes: `model`, with the matrices of the adapter. Throws a StageError if a target names no matrix. */
export function withAdapter(model: ModelSpec, { lora }: LearnedSettings, vocab: number): ModelSpec {
  if (lora === undefined) return model
  const none = targetsOfNothing(model.graph, lora.targets)
  if (none.length > 0)
    throw new StageError(
      'no-such-weights',
      `no matrix of the model is called ${none.join(' or ')}`,
      `It has ${targetNames(model.graph).join(', ')}.`,
    )
  return { ...model, graph: withLora(bind(model.graph, { vocab }), lora) }
}

export interface LearnedStart extends LearnedSettings {
  /** The weights at the start, by name. Those that it lacks, such as a new head, are initialized by the seed. */
  readonly start: Tensors
  readonly seed: number
  /**
   * The graph of the loss, if it lacks weights of the model: those that only ignored loss terms use. They stay as they are at the start, where
   * learning would let them decay.
   */
  readonly objective?: Pick<Graph, 'weights'>
}

export class LearnedWeights {
  /** The weights that are learned. */
  readonly slots: readonly ParameterSlot[]
  /** The other weights that the loss depends on. */
  readonly frozen: Tensors
  readonly #weights: readonly WeightSpec[]
  readonly #from: LearnedStart

  /**
   * `weights` are those of the graph that is trained, bound to numbers. An adapter freezes all that have a value at the start. Throws a
   * StageError if `freeze` names no weight, or leaves none to learn.
   */
  constructor(weights: readonly WeightSpec[], from: LearnedStart) {
    this.#weights = weights
    this.#from = from
    const names = weights.map(({ name }) => name)
    const isFrozen =
      from.lora === undefined ? namedBy(from.freeze ?? [], names) : (name: string) => from.start[name] !== undefined
    const used = new Set((from.objective ?? { weights }).weights.map(({ name }) => name))
    const computed = weights.filter(({ name }) => used.has(name))
    this.slots = layOut(computed.filter(({ name }) => !isFrozen(name)))
    if (this.slots.length === 0)
      throw new StageError('no-such-weights', '`freeze` names every weight: none is left to learn', 'Freeze fewer.')
    this.frozen = this.#valuesOf(layOut(computed.filter(({ name }) => isFrozen(name))))
  }

  /** Fills `flat` with the values of some slots at the start. */
  initialize(some: readonly ParameterSlot[], flat: Float32Array): void {
    warmStart(this.#weights, some, flat, this.#from.start, this.#from.seed)
  }

  /**
   * Weights that, fed in place of the learned ones, make the graph compute what it did before the training: those at the start or, for an
   * adapter, matrices B of zeros. The frozen weights are not among them, so that an adapter needs no second copy of the model.
   */
  atStart(): Tensors {
    return Object.fromEntries(
      this.slots.flatMap(({ name, shape, size }): [string, Tensor][] => {
        const before = this.#from.start[name]
        if (before !== undefined) return [[name, before]]
        return isB(name) ? [[name, { dtype: 'float32', shape, data: new Float32Array(size) }]] : []
      }),
    )
  }

  /** The weights of `model` where the learned ones are `now`; those of a head that is not in `model` are left out. */
  tuned({ graph }: Pick<ModelSpec, 'graph'>, now: Tensors): Tuned {
    const all: Tensors = { ...this.#from.start, ...this.frozen, ...now }
    const beside = Object.fromEntries(graph.weights.map(({ name }) => [name, all[name]!]))
    const learned = parameterCount(this.slots)
    const { lora } = this.#from
    if (lora === undefined) return { tensors: beside, learned }
    const matrices = graph.weights.flatMap(({ name }) => Object.values(loraNames(name)))
    const adapter = Object.fromEntries(
      matrices.flatMap((name) => (now[name] === undefined ? [] : [[name, now[name] as StoredTensor]])),
    )
    return { tensors: mergeAdapter(beside, { ...lora, tensors: adapter }), adapter, beside, learned }
  }

  /** The values at the start; they are not copied from the weights that have them. */
  #valuesOf(slots: readonly ParameterSlot[]): Tensors {
    return Object.fromEntries(
      slots.map((slot): [string, Tensor] => {
        const given = this.#from.start[slot.name]
        if (given !== undefined) return [slot.name, given]
        const data = new Float32Array(slot.size)
        this.initialize([{ ...slot, start: 0 }], data)
        return [slot.name, { dtype: 'float32', shape: slot.shape, data }]
      }),
    )
  }
}

function namedBy(freeze: readonly string[], names: readonly string[]): (name: string) => boolean {
  const none = patternsOfNothing(names, freeze)
  if (none.length > 0)
    throw new StageError(
      'no-such-weights',
      `\`freeze\`: no weight of the model is called ${none.join(' or ')}`,
      freezeHelp(names, none),
    )
  const chosen = new Set(chosenBy(names, freeze))
  return (name) => chosen.has(name)
}

function isB(name: string): boolean {
  return name.endsWith('.lora_B.weight')
}
