/**
 * Pre-training, the loop from top to bottom: next-token prediction on windows of a corpus. Left out: several machines.
 */

import { Random } from '../../core/values/random.ts'
import type { Tensors } from '../../engine/engine.ts'
import type { ParameterSlot } from '../../engine/training-session.ts'
import { bind } from '../../model/bind.ts'
import { withCrossEntropy } from '../../model/loss.ts'
import { Ids } from '../../text/ids.ts'
import type { Tokenizer } from '../../text/tokenizer.ts'
import type { TokenReader } from '../../text/tokens.ts'
import { makeBatch, windowsAtRandom, windowsShuffled } from '../batches/batches.ts'
import { Generator } from '../generation/generator.ts'
import { plainSampling } from '../generation/sampling.ts'
import { type HeldOutLoss, Validation } from '../scores/validate.ts'
import { Meter } from '../step/meter.ts'
import type { ClippingSettings, OptimizerSettings, TrainingHints, TrainingTask } from '../step/task.ts'
import { Training } from '../step/training.ts'
import { initialize } from '../weights/initialize.ts'
import { layOut } from '../weights/parameters.ts'

export interface PretrainSettings extends OptimizerSettings, ClippingSettings {
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
  readonly tokenizer: Tokenizer
  /** The tokens to learn from. */
  readonly on: TokenReader
  readonly validate?: TokenReader | undefined
}

export interface Pretrained {
  readonly slots: readonly ParameterSlot[]
  readonly parameters: Float32Array
  /** Mean loss of the last steps. */
  readonly trainLoss: number
  readonly heldOut?: HeldOutLoss
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

  // The model with its sizes; all its weights are learned.
  const graphOf = (rows: number) => bind(task.model.graph, { batch: rows, time, vocab: tokenizer.size })
  const graph = graphOf(size)
  const slots = layOut(graph.weights)
  const training = await Training.start(task, {
    objective: withCrossEntropy(graph),
    divide: (rows) => withCrossEntropy(graphOf(rows)),
    microBatch: hints.micro_batch,
    slots,
    single: accumulate === 1,
    guesses: tokenizer.size,
    state: { losses: [] },
    initialize: (some, flat) => initialize(graph.weights, some, flat, seed),
  })
  const { compiler } = training
  const validation = task.validate && (await Validation.compile(compiler, graph, { batch: size, time, threads }))
  const generator = new Generator(compiler, task.model, {
    vocab: tokenizer.size,
    known: tokenizer.known,
    batch: 1,
    threads,
  })
  const batch = makeBatch(size, time)
  const windows = (settings.windows === 'random' ? windowsAtRandom : windowsShuffled)(task.on, time, seed)
  const meter = new Meter(task, steps)

  for (let step = training.step; step < steps; step++) {
    // Forward and backward, over the batches of the step.
    training.clear()
    for (let part = 0; part < accumulate; part++) {
      const index = step * accumulate + part
      windows(batch, index)
      await training.accumulate(batch.feeds, index)
    }
    await training.update(step, steps, {
      clip,
      batches: accumulate,
      report(numbers) {
        if (meter.step(numbers, size * time * accumulate)) meter.report()
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
  const parameters = await training.parameters()
  await training.dispose()
  return { slots, parameters, trainLoss: training.meanLoss, sample, ...(heldOut ? { heldOut } : {}) }
}

/** Writes a text with the weights as they are learned. */
async function writeSample(
  { tokenizer, settings, hints, on }: PretrainTask,
  generator: Generator,
  weights: Tensors,
): Promise<Pretrained['sample']> {
  const stop = tokenizer.endOfText === undefined ? [] : [tokenizer.endOfText]
  const writing = { ...plainSampling, temperature: 0.8, topK: 50, maxTokens: sampleTokens, stop }
  const random = new Random(settings.seed, 'sampling')
  // Bytes that the tokenizer has no token for are left out of the prompt: a training must not fail at its last sample.
  const encoded = new Ids()
  for (const id of on.meta.begin_of_text ?? []) encoded.push(id)
  tokenizer.encodeInto(hints.sample, encoded, { count: 0 })
  const prompt = encoded.length > 0 ? encoded.slice() : Uint32Array.of(tokenizer.endOfText ?? 0)
  const ids: number[] = []
  for await (const id of generator.stream(weights, prompt, writing, random)) ids.push(id)
  return { prompt: hints.sample, text: tokenizer.decode(ids) }
}
