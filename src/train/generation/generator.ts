/**
 * Generates text: tokens are sampled one after the other, for many texts at once. A prompt is read in one piece; after it every step
 * computes one token of each text, against the kept keys and values of those before.
 */

import type { Random } from '../../core/values/random.ts'
import type { Compiler, Executable, KeyValueMemory, Tensor, Tensors, TokenDrawing } from '../../engine/engine.ts'
import { pastMask, withPast } from '../../model/attention/past.ts'
import { bind } from '../../model/bind.ts'
import type { Graph } from '../../model/graph.ts'
import { withoutDropout } from '../../model/rewrite.ts'
import { sizeOf } from '../../model/shape.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { withLogitsAt, withOutputs } from '../../model/training/heads.ts'
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

/**
 * Texts that are written together; the memory has a row for each of them, in order. `ways` processes have as many rows each: the first of them
 * the first rows, and so on.
 */
interface Group {
  readonly texts: readonly Text[]
  readonly memory: KeyValueMemory
  readonly ways: number
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

  /** The generators that write nothing now, of this one and its helpers; and who waits for one. */
  readonly #free: Generator[] = [this]
  readonly #waiting: ((free: Generator) => void)[] = []
  readonly #helpers: readonly Generator[]

  /**
   * Writes with `model`, compiled for a number of texts and a width when that is first needed. `helpers` write some of the groups of texts at
   * the same time, on other devices; the groups are the same without them. If the compiler has several processes, they divide each group.
   */
  constructor(compiler: Compiler, model: ModelSpec, shape: GeneratorShape, helpers: readonly Compiler[] = []) {
    this.#helpers = helpers.map((each) => new Generator(each, model, shape))
    this.#free.push(...this.#helpers)
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
    const starts = Array.from({ length: Math.ceil(order.length / this.#shape.batch) }, (_, i) => i * this.#shape.batch)
    await Promise.all(
      starts.map(async (from) => {
        const generator = await this.#take()
        const group = order.slice(from, from + this.#shape.batch)
        for await (const written of generator.#write(weights, group, writing)) onTokens(written.length)
        this.#giveBack(generator)
      }),
    )
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

  /** A generator that writes nothing, as soon as there is one. */
  #take(): Promise<Generator> | Generator {
    return this.#free.shift() ?? new Promise((resolve) => this.#waiting.push(resolve))
  }

  #giveBack(generator: Generator): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free.push(generator)
    else next(generator)
  }

  async dispose(): Promise<void> {
    for (const helper of this.#helpers) await helper.dispose()
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
    if (writing.maxTokens === 0) return
    // One text cannot be divided.
    const ways = texts.length === 1 ? 1 : (this.#compiler.ways ?? 1)
    for (let { group, outputs } = await this.#read(weights, dealt(texts, ways), ways, writing); ; ) {
      const live = [...group.texts.entries()].filter(([, text]) => !done(text))
      for (const [row, text] of live) extend(text, this.#drawn(outputs, row, text, writing), writing)
      yield live.map(([, text]) => text)
      if (group.texts.every(done)) return
      ;({ group, outputs } = await this.#step(weights, this.#fit(group, done), writing, done))
    }
  }

  /** Reads the prompts: keeps their keys and values, and returns the logits of the next tokens. */
  async #read(weights: Tensors, texts: readonly Text[], ways: number, writing: Writing) {
    const counts = texts.map(({ ids }) => ids.length)
    const longest = Math.max(...counts)
    const time = widthFor(longest, this.#context, minWidth)
    const each = texts.length / ways
    const { graph, executable } = await this.#form(each, ways, time, 0)
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
        data: Int32Array.from(counts, (n, row) => (row % each) * time + n - 1),
      },
      mask: { dtype: 'float32', shape: [texts.length, 1, time, time], data: pastMask(time, 0, counts) },
    }
    const outputs = await memory.read(executable, feeds, counts, this.#drawing(memory, texts, writing))
    return { group: { texts, memory, ways }, outputs }
  }

  /** Computes the last token of each text: keeps its keys and values, and returns the logits of the next. */
  async #step(weights: Tensors, group: Group, writing: Writing, done: (text: Text) => boolean) {
    const { texts, memory, ways } = group
    const each = texts.length / ways
    const { executable } = await this.#form(each, ways, 1, memory.room)
    const column = (number: (text: Text, row: number) => number): Tensor => ({
      dtype: 'int32',
      shape: [texts.length, 1],
      data: Int32Array.from(texts, number),
    })
    const feeds: Tensors = {
      ...weights,
      tokens: column(({ ids }) => ids.at(-1)!),
      positions: column((_, row) => memory.filled[row]!),
      places: column((_, row) => row % each),
    }
    const counts = texts.map((text) => (done(text) ? 0 : 1))
    const outputs = await memory.step(executable, feeds, counts, this.#drawing(memory, texts, writing, done))
    return { group, outputs }
  }

  /** How the engine is to draw the next tokens; `undefined` if they are drawn here, from logits. */
  #drawing(
    memory: KeyValueMemory,
    texts: readonly Text[],
    writing: Writing,
    done: (text: Text) => boolean = ({ ended }) => ended,
  ): TokenDrawing | undefined {
    const { temperature, topK, topP, minP, repetitionPenalty, logProbabilities = false } = writing
    // The penalty needs the ids of each text so far, which the engine does not have.
    if (memory.draws !== true || repetitionPenalty !== 1) return undefined
    const { end, holes } = this.#shape.known ?? { end: this.#shape.vocab, holes: [] }
    const uniforms = texts.map((text) => (temperature === 0 || done(text) ? 0 : text.random.uniform()))
    return { temperature, topK, topP, minP, end, holes, logProbabilities, uniforms }
  }

  /** The next token of a text, from the outputs of its step: drawn by the engine, or here. */
  #drawn({ ids, logProbabilities, logits }: Tensors, row: number, text: Text, writing: Writing): Drawn {
    if (ids !== undefined) return { id: ids.data[row]!, logProbability: logProbabilities?.data[row] }
    const vocab = logits!.shape.at(-1)!
    const of = (logits!.data as Float32Array).subarray(row * vocab, (row + 1) * vocab)
    const { known } = this.#shape
    const id = sample(known === undefined ? of : onlyKnown(of, known), writing, text.random, text.ids)
    return { id, logProbability: writing.logProbabilities ? logProbability(of, id, writing.temperature) : undefined }
  }

  /** The group with room for one more token; without finished texts if half as many rows of each process are enough. */
  #fit({ texts, memory, ways }: Group, done: (text: Text) => boolean): Group {
    const each = texts.length / ways
    const isLive = (row: number) => !done(texts[row]!)
    // The rows of each process, those that go on first.
    const rows = Array.from({ length: ways }, (_, process) =>
      Array.from({ length: each }, (_, i) => process * each + i).sort(
        (a, b) => Number(isLive(b)) - Number(isLive(a)) || a - b,
      ),
    )
    const most = Math.max(...rows.map((own) => own.filter(isLive).length))
    let count = each
    while (count >= 2 * minGroup && most <= count >> 1) count >>= 1
    const needed =
      Math.max(
        ...rows
          .flat()
          .filter(isLive)
          .map((row) => memory.filled[row]!),
      ) + 1
    if (count === each && needed <= memory.room) return { texts, memory, ways }
    const kept = rows.flatMap((own) => own.slice(0, count))
    const room = Math.max(memory.room, widthFor(needed, this.#context, minWidth))
    return { texts: kept.map((row) => texts[row]!), memory: memory.select(kept, room), ways }
  }

  /** The graph that computes `time` tokens of `texts` texts in each of `ways` processes against a past of `past` tokens, compiled. */
  #form(texts: number, ways: number, time: number, past: number) {
    const key = `${texts} ${ways} ${time} ${past}`
    const known = this.#compiled.get(key)
    if (known !== undefined) return known
    const { vocab } = this.#shape
    const graph = withPast(withLogitsAt(bind(this.#graph, { batch: texts, time, vocab })), past)
    const products = graph.weights.reduce((all, { shape }) => all + (shape.length > 1 ? sizeOf(shape) : 0), 0)
    // With little work, threads that wait for each other at every operation cost more than they save.
    const threads = products * texts * time < threadsFrom ? 1 : this.#shape.threads
    const options = ways === 1 ? { threads } : { threads, divided: Object.keys(graph.inputs) }
    const compiled = this.#compiler.compile(graph, options).then((executable) => ({ graph, executable }))
    this.#compiled.set(key, compiled)
    return compiled
  }
}

/**
 * Texts in the rows of `ways` processes, as many in each. Neighbors, which have prompts of similar length, go to different ones; texts that have ended
 * fill the last rows.
 */
function dealt(texts: readonly Text[], ways: number): readonly Text[] {
  if (ways === 1) return texts
  const [first] = texts as readonly [Text]
  const filler: Text = { ids: [0], prompt: 1, random: first.random, logProbabilities: [], ended: true }
  const each = Math.ceil(texts.length / ways)
  return Array.from({ length: ways * each }, (_, row) => texts[(row % each) * ways + Math.floor(row / each)] ?? filler)
}

/** A token that was drawn. */
interface Drawn {
  readonly id: number
  /** `undefined` unless asked for. */
  readonly logProbability: number | undefined
}

function extend(text: Text, { id, logProbability }: Drawn, { stop }: Writing): void {
  text.ids.push(id)
  if (logProbability !== undefined) text.logProbabilities.push(logProbability)
  if (stop.includes(id)) text.ended = true
}

/** The logits of the known ids. A padded table has rows for more ids, which training never learned. */
function onlyKnown(logits: Float32Array, { end, holes }: KnownIds): Float32Array {
  if (holes.length === 0) return logits.subarray(0, end)
  const scores = logits.slice(0, end)
  for (const id of holes) scores[id] = Number.NEGATIVE_INFINITY
  return scores
}
