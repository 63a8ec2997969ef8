/**
 * Generates text: tokens are sampled one after the other, for many texts at once. A prompt is read in one piece; after it every step
 * computes one token of each text, against the kept keys and values of those before.
 */

import type { Random } from '../../core/values/random.ts'
import type { Compiler, Executable, KeyValueMemory, Tensor, Tensors } from '../../engine/engine.ts'
import { bind } from '../../model/bind.ts'
import type { Graph } from '../../model/graph.ts'
import { withLogitsAt, withOutputs } from '../../model/heads.ts'
import { pastMask, withPast } from '../../model/past.ts'
import { withoutDropout } from '../../model/rewrite.ts'
import { sizeOf } from '../../model/shape.ts'
import type { ModelSpec } from '../../model/spec.ts'
import type { KnownIds } from '../../text/vocabulary.ts'
import { widthFor } from '../batches/packed.ts'
import { HostMemory } from './memory.ts'
import { logProbability, type Sampling, sample } from './sampling.ts'

export interface Writing extends Sampling {
  /** The most tokens that are written. */
  readonly maxTokens: number
  /** Ids that end a text. */
  readonly stop: readonly number[]
  /** Whether to compute log-probabilities; default false. */
  readonly logProbabilities?: boolean
}

export interface Completion {
  /** The ids that were written, with the one that ended the text. */
  readonly tokens: readonly number[]
  /** Whether a stop id ended the text; otherwise it was cut off. */
  readonly ended: boolean
  /** log p of each token in nats, under softmax(logits / temperature) before top-k and its like; empty unless asked for. */
  readonly logProbabilities: readonly number[]
}

export interface GeneratorShape {
  /** The size of the tokenizer, for a model that leaves it open. */
  readonly vocab: number
  /** The most texts that are written at once. */
  readonly batch: number
  readonly threads: number
  /** The ids that stand for something: no other is drawn. Default: all that the model has logits for. */
  readonly known?: KnownIds
}

/** A text that is being written. */
interface Text {
  /** All its ids, those of the prompt first. */
  readonly ids: number[]
  /** How many ids are the prompt's. */
  readonly prompt: number
  readonly random: Random
  readonly logProbabilities: number[]
  ended: boolean
}

/** Texts that are written together; the memory has a row for each of them, in order. */
interface Group {
  readonly texts: readonly Text[]
  readonly memory: KeyValueMemory
}

/** Prompts and memories have this width or one of its doublings: a graph is compiled for each. */
const minWidth = 32

/** Multiplications of a step from which several threads are faster than one: measured in bench/generate. */
const threadsFrom = 100e6

/** The smallest group of texts: fewer rows take hardly less time, and a graph is compiled for each number of rows. */
const minGroup = 8

export class Generator {
  readonly #compiler: Compiler
  readonly #graph: Graph
  readonly #context: number
  readonly #shape: GeneratorShape
  readonly #compiled = new Map<string, Promise<{ readonly graph: Graph; readonly executable: Executable }>>()

  /** Writes with `model`, compiled for a number of texts and a width when that is first needed. */
  constructor(compiler: Compiler, model: ModelSpec, shape: GeneratorShape) {
    this.#compiler = compiler
    this.#graph = withoutDropout(withOutputs(model.graph, ['logits']))
    this.#context = model.context
    this.#shape = shape
  }

  /**
   * Writes one text for each prompt, up to a stop id, `maxTokens` or the end of the context. Throws a RangeError if a prompt has no tokens
   * or fills the context. `randoms` has the random numbers of each text, so that a text does not depend on the others. `onTokens` receives
   * the number of tokens of each step.
   */
  async complete(
    weights: Tensors,
    prompts: readonly ArrayLike<number>[],
    writing: Writing,
    randoms: readonly Random[],
    onTokens: (count: number) => void = () => {},
  ): Promise<Completion[]> {
    const texts = prompts.map((prompt, i) => this.#begin(prompt, randoms[i]!))
    // Prompts of similar length are read together.
    const order = [...texts].sort((a, b) => a.prompt - b.prompt)
    for (let from = 0; from < order.length; from += this.#shape.batch) {
      const group = order.slice(from, from + this.#shape.batch)
      for await (const written of this.#write(weights, group, writing)) onTokens(written.length)
    }
    return texts.map(({ ids, prompt, ended, logProbabilities }) => ({
      tokens: ids.slice(prompt),
      ended,
      logProbabilities,
    }))
  }

  /**
   * Yields the ids that follow one prompt, without the stop id. At the end of the context, the older half of the text is forgotten, so that
   * the text may be longer than the context.
   */
  async *stream(weights: Tensors, prompt: ArrayLike<number>, writing: Writing, random: Random): AsyncGenerator<number> {
    let kept = Array.from(prompt).slice(1 - this.#context)
    for (let left = writing.maxTokens; left > 0; ) {
      const text = this.#begin(kept, random)
      for await (const _ of this.#write(weights, [text], { ...writing, maxTokens: left })) {
        if (text.ended) return
        left--
        yield text.ids.at(-1)!
      }
      kept = text.ids.slice(-Math.max(1, this.#context >> 1))
    }
  }

  async dispose(): Promise<void> {
    for (const compiled of this.#compiled.values()) await (await compiled).executable.dispose()
    this.#compiled.clear()
  }

  #begin(prompt: ArrayLike<number>, random: Random): Text {
    if (prompt.length === 0) throw new RangeError('a prompt needs at least one token')
    if (prompt.length >= this.#context)
      throw new RangeError(`a prompt of ${prompt.length} tokens leaves no room in a context of ${this.#context}`)
    return { ids: Array.from(prompt), prompt: prompt.length, random, logProbabilities: [], ended: false }
  }

  /** Writes all `texts` to their ends. Yields after each step the texts that have one more token. */
  async *#write(weights: Tensors, texts: readonly Text[], writing: Writing): AsyncGenerator<readonly Text[]> {
    const done = ({ ids, prompt, ended }: Text) =>
      ended || ids.length - prompt >= writing.maxTokens || ids.length >= this.#context
    for (let { group, logits } = await this.#read(weights, texts); ; ) {
      const vocab = logits.shape.at(-1)!
      const live = [...group.texts.entries()].filter(([, text]) => !done(text))
      if (live.length === 0) return
      for (const [row, text] of live)
        extend(text, (logits.data as Float32Array).subarray(row * vocab, (row + 1) * vocab), writing, this.#shape.known)
      yield live.map(([, text]) => text)
      if (group.texts.every(done)) return
      ;({ group, logits } = await this.#step(weights, this.#fit(group, done), done))
    }
  }

  /** Reads the prompts: keeps their keys and values, and returns the logits of the next tokens. */
  async #read(weights: Tensors, texts: readonly Text[]) {
    const counts = texts.map(({ ids }) => ids.length)
    const longest = Math.max(...counts)
    const time = widthFor(longest, this.#context, minWidth)
    const { graph, executable } = await this.#form(texts.length, time, 0)
    const shape = [texts.length, time]
    const tokens = new Int32Array(texts.length * time)
    for (const [row, { ids }] of texts.entries()) tokens.set(ids, row * time)
    const room = widthFor(longest + 1, this.#context, minWidth)
    const memory = this.#compiler.remember?.(graph, texts.length, room) ?? HostMemory.for(graph, texts.length, room)
    const feeds: Tensors = {
      ...weights,
      tokens: { dtype: 'int32', shape, data: tokens },
      positions: { dtype: 'int32', shape, data: tokens.map((_, i) => i % time) },
      places: {
        dtype: 'int32',
        shape: [texts.length, 1],
        data: Int32Array.from(counts, (n, row) => row * time + n - 1),
      },
      mask: { dtype: 'float32', shape: [texts.length, 1, time, time], data: pastMask(time, 0, counts) },
    }
    const { logits } = await memory.read(executable, feeds, counts)
    return { group: { texts, memory }, logits: logits! }
  }

  /** Computes the last token of each text: keeps its keys and values, and returns the logits of the next. */
  async #step(weights: Tensors, group: Group, done: (text: Text) => boolean) {
    const { texts, memory } = group
    const { executable } = await this.#form(texts.length, 1, memory.room)
    const column = (number: (text: Text, row: number) => number): Tensor => ({
      dtype: 'int32',
      shape: [texts.length, 1],
      data: Int32Array.from(texts, number),
    })
    const feeds: Tensors = {
      ...weights,
      tokens: column(({ ids }) => ids.at(-1)!),
      positions: column((_, row) => memory.filled[row]!),
      places: column((_, row) => row),
    }
    const counts = texts.map((text) => (done(text) ? 0 : 1))
    const { logits } = await memory.step(executable, feeds, counts)
    return { group, logits: logits! }
  }

  /** The group with room for one more token; without finished texts if half as many rows are enough. */
  #fit({ texts, memory }: Group, done: (text: Text) => boolean): Group {
    const rows = [...texts.keys()].sort((a, b) => Number(done(texts[a]!)) - Number(done(texts[b]!)) || a - b)
    const live = rows.filter((row) => !done(texts[row]!))
    let count = texts.length
    while (count >= 2 * minGroup && live.length <= count >> 1) count >>= 1
    const needed = Math.max(...live.map((row) => memory.filled[row]!)) + 1
    if (count === texts.length && needed <= memory.room) return { texts, memory }
    const kept = rows.slice(0, count)
    const room = Math.max(memory.room, widthFor(needed, this.#context, minWidth))
    return { texts: kept.map((row) => texts[row]!), memory: memory.select(kept, room) }
  }

  /** The graph that computes `time` tokens of `texts` texts against a past of `past` tokens, compiled. */
  #form(texts: number, time: number, past: number) {
    const key = `${texts} ${time} ${past}`
    const known = this.#compiled.get(key)
    if (known !== undefined) return known
    const { vocab } = this.#shape
    const graph = withPast(withLogitsAt(bind(this.#graph, { batch: texts, time, vocab })), past)
    const products = graph.weights.reduce((all, { shape }) => all + (shape.length > 1 ? sizeOf(shape) : 0), 0)
    // With little work, threads that wait for each other at every operation cost more than they save.
    const threads = products * texts * time < threadsFrom ? 1 : this.#shape.threads
    const compiled = this.#compiler.compile(graph, { threads }).then((executable) => ({ graph, executable }))
    this.#compiled.set(key, compiled)
    return compiled
  }
}

/** Draws a text's next token. */
function extend(text: Text, logits: Float32Array, writing: Writing, known: KnownIds | undefined): void {
  const id = sample(known === undefined ? logits : onlyKnown(logits, known), writing, text.random, text.ids)
  text.ids.push(id)
  if (writing.logProbabilities) text.logProbabilities.push(logProbability(logits, id, writing.temperature))
  if (writing.stop.includes(id)) text.ended = true
}

/** The logits of the known ids. A padded table has rows for more ids, which training never learned. */
function onlyKnown(logits: Float32Array, { end, holes }: KnownIds): Float32Array {
  if (holes.length === 0) return logits.subarray(0, end)
  const scores = logits.slice(0, end)
  for (const id of holes) scores[id] = Number.NEGATIVE_INFINITY
  return scores
}
