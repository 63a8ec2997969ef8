/**
 * Pre-training: next-token prediction on windows of a corpus. The loop, from top to bottom; what it leaves out: several
 * machines, mixed precision.
 */

import type { StageEvent } from '../../core/event.ts'
import { Random } from '../../core/random.ts'
import type { Engine, Tensor } from '../../engine/engine.ts'
import { bind } from '../../model/bind.ts'
import { withCrossEntropy } from '../../model/loss.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { Ids } from '../../text/ids.ts'
import type { Tokenizer } from '../../text/tokenizer.ts'
import type { TokenReader } from '../../text/tokens.ts'
import { makeBatch, windowsAtRandom, windowsShuffled } from '../batches/batches.ts'
import { Generator } from '../generation/generator.ts'
import { plainSampling } from '../generation/sampling.ts'
import { type HeldOutLoss, Validation } from '../scores/validate.ts'
import { AdamW, type AdamWSettings, clipFactor } from '../step/adamw.ts'
import { checkDivergence, remember } from '../step/divergence.ts'
import { rateAt, type Schedule } from '../step/schedule.ts'
import { Standing } from '../step/standing.ts'
import { TrainingStep } from '../step/step.ts'
import { initialize } from '../weights/initialize.ts'
import { decayedSpan, layOut, type ParameterSlot, spanOf, views } from '../weights/parameters.ts'

export interface PretrainSettings {
  readonly steps: number
  readonly batch: number
  /** Tokens of a window. */
  readonly context: number
  /** Which windows a step has; shuffled where not said. */
  readonly windows?: 'shuffled' | 'random'
  /** Batches whose gradients make one step. */
  readonly accumulate: number
  readonly optimizer: AdamWSettings
  readonly schedule: Schedule
  /** The greatest norm of all gradients together; none without. */
  readonly clip?: number | undefined
  readonly seed: number
  /** At most so many held-out tokens make the final loss. */
  readonly validate_tokens: number
}

/** What cannot change the result. */
export interface PretrainHints {
  /** Seconds between checkpoints. */
  readonly checkpoint_every: number
  readonly log_every: number
  readonly validate_every: number
  /** What the samples during training begin with. */
  readonly sample: string
}

export interface PretrainTask {
  readonly model: ModelSpec
  readonly tokenizer: Tokenizer
  readonly on: TokenReader
  readonly validate?: TokenReader | undefined
  readonly settings: PretrainSettings
  readonly hints: PretrainHints
  readonly engine: Engine
  readonly threads: number
  /** Where checkpoints lie. */
  readonly work: string
  /** The step after which the state is kept for longer runs. */
  readonly keepState?: number | undefined
  readonly signal: AbortSignal
  emit(event: StageEvent): void
}

export interface Pretrained {
  readonly slots: readonly ParameterSlot[]
  readonly parameters: Float32Array
  /** Mean loss of the last steps. */
  readonly trainLoss: number
  readonly heldOut?: HeldOutLoss
  readonly sample: { readonly prompt: string; readonly text: string }
}

/** How many tokens a sample has. */
const sampleTokens = 100

/** How many batches of held-out tokens are looked at during training; the final loss is of all. */
const glance = 20

/**
 * Trains the model and returns its weights. Resumes from the newest checkpoint in `work`; interrupted and resumed, or not, it
 * ends in the same bytes. Throws `Interrupted` after a checkpoint where `signal` aborts, a StageError where training diverges.
 */
export async function pretrain(task: PretrainTask): Promise<Pretrained> {
  const { settings, hints, engine, threads, tokenizer, emit } = task
  const { steps, batch: size, context: time, accumulate, seed } = settings

  // The model, with its sizes, and all its weights in one array.
  const graph = bind(task.model.graph, { batch: size, time, vocab: tokenizer.size })
  const slots = layOut(graph.weights)
  const optimizer = new AdamW(spanOf(slots), decayedSpan(slots), settings.optimizer)
  const parameters = optimizer.weights
  const weights = views(slots, parameters)

  // Where it stands: at the beginning, or at a checkpoint.
  const start: { losses: readonly number[] } = { losses: [] }
  const standing = new Standing(task, optimizer, start, () => initialize(graph.weights, slots, parameters, seed))
  const { state } = standing

  const training = await TrainingStep.compile(engine, withCrossEntropy(graph), slots, optimizer, {
    threads,
    single: accumulate === 1,
  })
  const validation = task.validate && (await Validation.compile(engine, graph, { batch: size, time, threads }))
  const generator = new Generator(engine, task.model, {
    vocab: tokenizer.size,
    known: tokenizer.known,
    batch: 1,
    threads,
  })
  const batch = makeBatch(size, time)
  const windows = (settings.windows === 'random' ? windowsAtRandom : windowsShuffled)(task.on, time, seed)
  let lastLog = performance.now()
  let sinceLog = 0
  let lossSinceLog = 0

  for (let step = standing.step; step < steps; step++) {
    // Forward and backward, over as many batches as make a step.
    if (accumulate > 1) optimizer.clear()
    let loss = 0
    for (let part = 0; part < accumulate; part++) {
      const index = step * accumulate + part
      windows(batch, index)
      const outputs = await training.accumulate(batch.feeds, seed, index)
      loss += outputs.loss!.data[0]! / accumulate
    }

    // The norm of the gradient, and a look at whether all is well.
    const gradientNorm = optimizer.norm() / accumulate
    state.losses = remember(state.losses, loss)
    checkDivergence(step + 1, state.losses, gradientNorm, tokenizer.size)

    // The optimizer.
    const clipped = settings.clip === undefined ? 1 : clipFactor(gradientNorm, settings.clip)
    const lr = settings.optimizer.lr * rateAt(settings.schedule, step, steps)
    optimizer.update(step + 1, lr, clipped / accumulate)

    // What people see.
    const done = step + 1
    sinceLog++
    lossSinceLog += loss
    emit({ event: 'progress', done, total: steps, unit: 'steps' })
    if (done % hints.log_every === 0 || done === steps) {
      const seconds = (performance.now() - lastLog) / 1000
      const tokensPerSecond = Math.round((sinceLog * size * time * accumulate) / seconds)
      emit({
        event: 'metric',
        step: done,
        loss: lossSinceLog / sinceLog,
        tokensPerSecond,
        learningRate: lr,
        gradientNorm,
      })
      lastLog = performance.now()
      sinceLog = 0
      lossSinceLog = 0
    }
    if (done % hints.validate_every === 0 && done < steps) {
      const paused = performance.now()
      if (validation && task.validate) {
        const { loss: validLoss } = await validation.run(weights, task.validate, glance * size * time)
        emit({ event: 'metric', step: done, validLoss })
      }
      emit({ event: 'sample', step: done, ...(await writeSample(task, generator, weights)) })
      // The time it took is not the steps' doing.
      lastLog += performance.now() - paused
    }

    standing.secure(done, steps)
  }
  await training.dispose()

  const heldOut = task.validate && (await validation?.run(weights, task.validate, settings.validate_tokens))
  await validation?.dispose()
  if (heldOut) emit({ event: 'metric', step: steps, validLoss: heldOut.loss, bitsPerByte: heldOut.bitsPerByte })
  const sample = await writeSample(task, generator, weights)
  await generator.dispose()
  emit({ event: 'sample', step: steps, ...sample })
  const trainLoss = state.losses.reduce((sum, loss) => sum + loss, 0) / state.losses.length
  return { slots, parameters, trainLoss, sample, ...(heldOut ? { heldOut } : {}) }
}

async function writeSample(
  { tokenizer, settings, hints, on }: PretrainTask,
  generator: Generator,
  weights: Readonly<Record<string, Tensor>>,
): Promise<Pretrained['sample']> {
  const stop = tokenizer.endOfText === undefined ? [] : [tokenizer.endOfText]
  const writing = { ...plainSampling, temperature: 0.8, topK: 50, maxTokens: sampleTokens, stop }
  const random = new Random(settings.seed, 'sampling')
  // A training does not fail at its last sample: what the tokenizer has no token for is left out of the prompt.
  const encoded = new Ids()
  for (const id of on.meta.begin_of_text ?? []) encoded.push(id)
  tokenizer.encodeInto(hints.sample, encoded, { count: 0 })
  const prompt = encoded.length > 0 ? encoded.slice() : Uint32Array.of(tokenizer.endOfText ?? 0)
  const ids: number[] = []
  for await (const id of generator.stream(weights, prompt, writing, random)) ids.push(id)
  return { prompt: hints.sample, text: tokenizer.decode(ids) }
}
