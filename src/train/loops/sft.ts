/**
 * Supervised fine-tuning, the loop from top to bottom: next-token prediction on conversations, of which only the assistant's answers are
 * learned (Ouyang et al. 2022). Several conversations share a row, each seeing only itself, so that little of a batch is padding.
 */

import type { Tensors } from '../../engine/engine.ts'
import { withSegments } from '../../model/attention/segments.ts'
import { bind } from '../../model/bind.ts'
import { peakBytes } from '../../model/estimates/cost.ts'
import { differentiate } from '../../model/gradients/differentiate.ts'
import { withCrossEntropy } from '../../model/training/loss.ts'
import { Epochs } from '../batches/epochs.ts'
import { widthToFill } from '../batches/packed.ts'
import { inBatches, rowEstimateSample, rowsFor, rowsInMemory, sequenceUnit } from '../batches/rows.ts'
import { type LearnedSequence, makeSftBatch } from '../batches/sft-batches.ts'
import { SequenceScorer } from '../scores/sequence-scores.ts'
import { TermMeter, warnOfMixedTerms } from '../step/loss-terms.ts'
import { Meter } from '../step/meter.ts'
import { warnOfWarmup } from '../step/schedule.ts'
import type { ClippingSettings, OptimizerSettings, TuningTask } from '../step/task.ts'
import { Training } from '../step/training.ts'
import { type LearnedSettings, LearnedWeights, type Tuned, withAdapter } from '../weights/learned.ts'

export interface SftSettings extends OptimizerSettings, ClippingSettings, LearnedSettings {
  readonly epochs: number
  /** Conversations of a step. */
  readonly batch: number
}

export interface SftTask extends TuningTask<SftSettings> {
  readonly train: readonly LearnedSequence[]
  /** Conversations to measure on instead of learning from them; may be empty. */
  readonly heldOut: readonly LearnedSequence[]
}

export interface TunedOnAnswers extends Tuned {
  /** Mean loss of the last steps. */
  readonly trainLoss: number
  /** The mean −log p of a token of held-out answers, in nats, before and after the training. */
  readonly heldOut?: { readonly base: number; readonly tuned: number }
}

/**
 * Fine-tunes the model. Resumes from the newest checkpoint in `work`; interrupted and resumed, or not, it ends in the same bytes.
 * Throws `Interrupted` after a checkpoint if `signal` aborts, a StageError if training diverges.
 */
export async function sft(task: SftTask): Promise<TunedOnAnswers> {
  const { model, settings, threads, vocab, train, heldOut, emit } = task
  const { batch: size, clip, lora } = settings
  const computed = withAdapter(model, settings, vocab)

  // The model over rows that are wide enough for every conversation.
  const epochs = new Epochs(train, settings)
  const { steps } = epochs
  const estimated = Math.min(epochs.perEpoch, Math.ceil(rowEstimateSample / size))
  const firstSteps = Array.from({ length: estimated }, (_, step) => epochs.at(step))
  const lengths = firstSteps.flat().map(({ ids }) => ids.length)
  const longest = [...train, ...heldOut].reduce((max, { ids }) => Math.max(max, ids.length), 0)
  const time = widthToFill(lengths, longest, model.context)
  const graphOf = (rows: number) => withSegments(bind(computed.graph, { batch: rows, time, vocab }))
  const rows = rowsFor(
    firstSteps.map((examples) => examples.map(sequenceUnit)),
    time,
    { max: rowsInMemory((count) => peakBytes(differentiate(withCrossEntropy(graphOf(count))))) },
  )
  const graph = graphOf(rows)

  const learned = new LearnedWeights(graph.weights, { ...settings, start: task.weights })
  const { slots, frozen } = learned
  const training = await Training.start(task, {
    objective: withCrossEntropy(graph),
    divide: (rows) => withCrossEntropy(graphOf(rows)),
    slots,
    frozen,
    state: { losses: [] },
    initialize: (some, flat) => learned.initialize(some, flat),
  })
  const tunedNow = async () => learned.tuned(model, await training.learned())
  /** The weights of the model as they are learned, to feed the scorer: an adapter is measured as it is saved, merged. */
  const weightsNow = async () => (lora === undefined ? training.weights : (await tunedNow()).tensors)

  const scorer =
    heldOut.length > 0 && (await SequenceScorer.compile(training.compiler, model, { vocab, rows, time, threads }))
  const base = scorer && (await heldOutLoss(scorer, task.weights, heldOut))
  if (base !== false) emit({ event: 'metric', step: 0, validLoss: base })

  const batch = makeSftBatch(rows, time)
  warnOfWarmup(task, steps)
  warnOfMixedTerms(model.graph, task.emit)
  const meter = new Meter(task, steps)
  const terms = new TermMeter(graph)

  for (let step = training.step; step < steps; step++) {
    // Forward and backward, over as many batches as the conversations of the step fill. Every learned token weighs the same.
    const examples = epochs.at(step)
    const total = examples.reduce((sum, example) => sum + example.learned, 0)
    training.clear()
    for (const [part, sequences] of inBatches(examples, sequenceUnit, { rows, time }).entries()) {
      batch.fill(sequences, total)
      await training.accumulate(batch.feeds, step * size + part)
    }
    const tokens = examples.reduce((sum, { ids }) => sum + ids.length, 0)
    await training.update(step, steps, {
      clip,
      report(numbers, outputs) {
        const isDue = meter.step(numbers, tokens)
        terms.step(outputs)
        if (isDue) meter.report(terms.take())
      },
    })

    const done = step + 1
    if (epochs.endsBetween(done) && scorer) {
      await training.settle()
      emit({ event: 'metric', step: done, validLoss: await heldOutLoss(scorer, await weightsNow(), heldOut) })
    }
    await training.saveIfDue(done, steps)
  }
  await training.finish()

  const final = await tunedNow()
  const tuned = scorer && (await heldOutLoss(scorer, lora === undefined ? training.weights : final.tensors, heldOut))
  if (scorer) await scorer.dispose()
  if (tuned !== false) emit({ event: 'metric', step: steps, validLoss: tuned })
  await training.dispose()
  return {
    ...final,
    trainLoss: training.meanLoss,
    ...(base !== false && tuned !== false ? { heldOut: { base, tuned } } : {}),
  }
}

/** The mean −log p of the learned tokens, each with the same weight. */
async function heldOutLoss(
  scorer: SequenceScorer,
  weights: Tensors,
  sequences: readonly LearnedSequence[],
): Promise<number> {
  const scores = await scorer.logProbabilities(
    weights,
    sequences.map(({ ids }) => ids),
  )
  let sum = 0
  let count = 0
  for (const [i, { mask, learned }] of sequences.entries()) {
    for (let t = 1; t < mask.length; t++) if (mask[t] === 1) sum -= scores[i]![t - 1]!
    count += learned
  }
  return sum / count
}
