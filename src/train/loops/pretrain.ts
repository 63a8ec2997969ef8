/**
 * Pre-training, the loop from top to bottom: next-token prediction on windows of a corpus.
 */

import { Random } from '../../core/values/random.ts'
import type { Tensors } from '../../engine/engine.ts'
import { bind } from '../../model/bind.ts'
import { withCrossEntropy } from '../../model/training/loss.ts'
import { Ids } from '../../text/ids.ts'
import type { Tokenizer } from '../../text/tokenizer.ts'
import type { TokenReader } from '../../text/tokens.ts'
import { makeBatch } from '../batches/batches.ts'
import { Windows, type WindowsPhase } from '../batches/windows.ts'
import { Generator } from '../generation/generator.ts'
import { plainSampling } from '../generation/sampling.ts'
import { type LastLosses, SourceLosses } from '../scores/source-losses.ts'
import { type HeldOutLoss, Validation } from '../scores/validate.ts'
import { TermMeter } from '../step/loss-terms.ts'
import { Meter } from '../step/meter.ts'
import type { ClippingSettings, OptimizerSettings, TrainingHints, TrainingTask } from '../step/task.ts'
import { type LoopState, Training } from '../step/training.ts'
import { type LearnedSettings, LearnedWeights, type Tuned } from '../weights/learned.ts'

export interface PretrainSettings extends OptimizerSettings, ClippingSettings, Pick<LearnedSettings, 'freeze'> {
  readonly steps: number
  readonly batch: number
  /** Tokens of a window. */
  readonly context: number
  /** How the windows of a step are drawn; default `shuffled`. */
  readonly windows?: 'shuffled' | 'random'
  /** Batches whose gradients make one step. */
  readonly accumulate: number
  /** The most held-out tokens that the final loss is of. */
  readonly validate_tokens: number
}

export interface PretrainHints extends TrainingHints {
  /** The number of rows that an engine with GPUs computes at once. Default: as many as fit the memory. */
  readonly micro_batch?: number | undefined
  /** Steps between validations and samples. */
  readonly validate_every: number
  /** The beginning of the samples during training. */
  readonly sample: string
}

export interface PretrainTask extends TrainingTask<PretrainSettings> {
  readonly hints: PretrainHints
  /** The weights at the start, by name; default: those of the model are initialized by the seed. */
  readonly weights?: Tensors | undefined
  readonly tokenizer: Tokenizer
  /** The tokens to learn from. */
  readonly on: TokenReader | MixedTokens
  readonly validate?: TokenReader | undefined
}

/** Several corpora to learn from, each with its share of the tokens. */
export interface MixedTokens {
  readonly sources: readonly { readonly name: string; readonly tokens: TokenReader }[]
  /** The shares of the sources from a step on; `start` counts steps. */
  readonly phases: readonly WindowsPhase[]
}

export interface Pretrained extends Tuned {
  /** Mean loss of the last steps. */
  readonly trainLoss: number
  readonly heldOut?: HeldOutLoss
  /** For each source of a mixture: how many of its tokens were learned from, and the mean loss of the last steps in which it occurred. */
  readonly sources?: readonly { readonly tokens: number; readonly loss?: number }[]
  readonly sample: { readonly prompt: string; readonly text: string }
}

/** Tokens of a sample. */
const sampleTokens = 100

/** Batches of held-out tokens that are validated on during training; the final loss is of `validate_tokens`. */
const validationBatches = 20

/**
 * Trains the model and returns its weights. Resumes from the newest checkpoint in `work`; interrupted and resumed, or not, it
 * ends in the same bytes. Throws `Interrupted` after a checkpoint if `signal` aborts, a StageError if training diverges.
 */
export async function pretrain(task: PretrainTask): Promise<Pretrained> {
  const { settings, hints, threads, tokenizer, emit } = task
  const { steps, batch: size, context: time, accumulate, clip, seed } = settings

  const graphOf = (rows: number) => bind(task.model.graph, { batch: rows, time, vocab: tokenizer.size })
  const graph = graphOf(size)
  const learned = new LearnedWeights(graph.weights, { freeze: settings.freeze, start: task.weights ?? {}, seed })
  const training = await Training.start<PretrainState>(task, {
    objective: withCrossEntropy(graph),
    divide: (rows) => withCrossEntropy(graphOf(rows)),
    microBatch: hints.micro_batch,
    slots: learned.slots,
    frozen: learned.frozen,
    single: accumulate === 1,
    guesses: tokenizer.size,
    state: { losses: [] },
    initialize: (some, flat) => learned.initialize(some, flat),
  })
  const { compiler } = training
  const validation = task.validate && (await Validation.compile(compiler, graph, { batch: size, time, threads }))
  if (task.weights && validation && task.validate && training.step === 0) {
    const before = await validation.run(training.weights, task.validate, validationBatches * size * time)
    emit({ event: 'metric', step: 0, validLoss: before.loss })
  }
  const generator = new Generator(compiler, task.model, {
    vocab: tokenizer.size,
    known: tokenizer.known,
    batch: 1,
    threads,
  })
  const batch = makeBatch(size, time)
  const mixture = isMixture(task.on) ? task.on : undefined
  const windows = new Windows(mixture?.sources.map(({ tokens }) => tokens) ?? [corpusOf(task)], {
    time,
    seed,
    order: settings.windows ?? 'shuffled',
    phases: (mixture?.phases ?? [{ start: 0, shares: [1] }]).map(({ start, shares }) => ({
      start: start * accumulate,
      shares,
    })),
  })
  // A training that resumes after its last step fills no batch, and reports what each source gave all the same.
  windows.skipTo(training.step * accumulate, size)
  const losses = mixture && new SourceLosses(mixture.sources.length)
  const meter = new Meter(task, steps)
  const terms = new TermMeter(graph)

  for (let step = training.step; step < steps; step++) {
    // Forward and backward, over the batches of the step.
    training.clear()
    const ofRows: Uint16Array[] = []
    for (let part = 0; part < accumulate; part++) {
      const index = step * accumulate + part
      ofRows.push(windows.fill(batch, index))
      await training.accumulate(batch.feeds, index)
    }
    const { drawn } = windows
    await training.update(step, steps, {
      clip,
      batches: accumulate,
      report(numbers, outputs) {
        const isDue = meter.step(numbers, size * time * accumulate)
        terms.step(outputs, accumulate)
        if (losses) training.state.sources = losses.step(outputs, ofRows, training.state.sources ?? [])
        if (isDue)
          meter.report({
            ...terms.take(),
            ...(mixture && losses ? scalarsOf(mixture, losses.take(), drawn, time) : {}),
          })
      },
    })

    const done = step + 1
    if (done % hints.validate_every === 0 && done < steps) {
      await training.settle()
      const paused = performance.now()
      if (validation && task.validate) {
        const { loss: validLoss } = await validation.run(
          training.weights,
          task.validate,
          validationBatches * size * time,
        )
        emit({ event: 'metric', step: done, validLoss })
      }
      emit({ event: 'sample', step: done, ...(await writeSample(task, generator, training.weights)) })
      meter.exclude(paused)
    }
    await training.saveIfDue(done, steps)
  }
  await training.finish()

  const heldOut = task.validate && (await validation?.run(training.weights, task.validate, settings.validate_tokens))
  await validation?.dispose()
  if (heldOut) emit({ event: 'metric', step: steps, validLoss: heldOut.loss, bitsPerByte: heldOut.bitsPerByte })
  const sample = await writeSample(task, generator, training.weights)
  await generator.dispose()
  emit({ event: 'sample', step: steps, ...sample })
  const tuned = learned.tuned(task.model, await training.learned())
  await training.dispose()
  const sources = mixture && learnedOf(windows.drawn, training.state, time)
  const trainLoss = training.meanLoss
  return { ...tuned, trainLoss, sample, ...(sources && { sources }), ...(heldOut ? { heldOut } : {}) }
}

interface PretrainState extends LoopState {
  /** The losses of the last steps of each source, if the corpus is a mixture. */
  sources?: LastLosses
}

function isMixture(on: PretrainTask['on']): on is MixedTokens {
  return 'sources' in on
}

/** The corpus of a task, or the first source of its mixture: all sources have the same tokenizer. */
function corpusOf({ on }: PretrainTask): TokenReader {
  return isMixture(on) ? on.sources[0]!.tokens : on
}

/** The loss of each source since the last report, and the tokens that it gave so far: `loss[web]`, `tokens[web]`. */
function scalarsOf(
  { sources }: MixedTokens,
  losses: readonly (number | undefined)[],
  drawn: readonly number[],
  time: number,
): Record<string, number> {
  const scalars = sources.flatMap(({ name }, i) => [
    ...(losses[i] === undefined ? [] : [[`loss[${name}]`, losses[i]] as const]),
    [`tokens[${name}]`, drawn[i]! * time] as const,
  ])
  return Object.fromEntries(scalars)
}

function learnedOf(drawn: readonly number[], { sources = [] }: PretrainState, time: number): Pretrained['sources'] {
  return drawn.map((count, i) => {
    const last = sources[i] ?? []
    const loss = last.reduce((sum, each) => sum + each, 0) / last.length
    return { tokens: count * time, ...(last.length === 0 ? {} : { loss }) }
  })
}

/** Writes a text with the weights as they are learned. */
async function writeSample(task: PretrainTask, generator: Generator, weights: Tensors): Promise<Pretrained['sample']> {
  const { tokenizer, settings, hints } = task
  const stop = tokenizer.endOfText === undefined ? [] : [tokenizer.endOfText]
  const writing = { ...plainSampling, temperature: 0.8, topK: 50, maxTokens: sampleTokens, stop }
  const random = new Random(settings.seed, 'sampling')
  // Bytes that the tokenizer has no token for are left out of the prompt: a training must not fail at its last sample.
  const encoded = new Ids()
  for (const id of corpusOf(task).meta.begin_of_text ?? []) encoded.push(id)
  tokenizer.encodeInto(hints.sample, encoded, { count: 0 })
  const prompt = encoded.length > 0 ? encoded.slice() : Uint32Array.of(tokenizer.endOfText ?? 0)
  const ids: number[] = []
  for await (const id of generator.stream(weights, prompt, writing, random)) ids.push(id)
  return { prompt: hints.sample, text: tokenizer.decode(ids) }
}
