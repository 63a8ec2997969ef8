/**
 * Learning from rewards, the loop from top to bottom: the policy answers prompts, a reward model scores the answers, and the policy
 * learns from them in a few epochs of minibatches before it answers again. How PPO and GRPO turn scores into training targets is in
 * ../ppo.ts and ../grpo.ts.
 */

import type { RewardedText } from '../../../core/event.ts'
import { StageError } from '../../../core/failure.ts'
import { Random } from '../../../core/values/random.ts'
import type { Compiler } from '../../../engine/engine.ts'
import { withSegments } from '../../../model/attention/segments.ts'
import { bind } from '../../../model/bind.ts'
import { peakBytes } from '../../../model/estimates/cost.ts'
import { differentiate } from '../../../model/gradients/differentiate.ts'
import type { Graph } from '../../../model/graph.ts'
import { withoutDropout } from '../../../model/rewrite.ts'
import type { ModelSpec } from '../../../model/spec.ts'
import type { KnownIds } from '../../../text/vocabulary.ts'
import { ShuffledOrders } from '../../batches/epochs.ts'
import { widthFor } from '../../batches/packed.ts'
import {
  inBatches,
  maxRows,
  rowEstimateSample,
  rowsFor,
  rowsInMemory,
  sequenceUnit,
  type Unit,
} from '../../batches/rows.ts'
import { plainSampling } from '../../generation/sampling.ts'
import { warnOfIgnoredTerms } from '../../step/loss-terms.ts'
import { Meter } from '../../step/meter.ts'
import type { OptimizerSettings, TuningTask } from '../../step/task.ts'
import { Training } from '../../step/training.ts'
import { type LearnedSettings, LearnedWeights, type Tuned, withAdapter } from '../../weights/learned.ts'
import { type Rollout, Rollouts, type Scorer } from './rollouts.ts'
import { type LearnedResponse, makeTokenBatch } from './token-batch.ts'

export interface PolicySettings extends OptimizerSettings, LearnedSettings {
  readonly steps: number
  /** Answers of a step. */
  readonly rollouts: number
  /** How often a step learns from its answers. */
  readonly epochs: number
  /** Parts of the answers, each with an optimizer step of its own. */
  readonly minibatches: number
  readonly max_tokens: number
  readonly temperature: number
  /** A step stops learning once the approximate KL from the policy that answered is larger. Default: no limit. */
  readonly stop_kl?: number | undefined
  /** The largest norm of the gradients; longer ones are scaled down to it. */
  readonly clip_norm: number
}

/** How a method (PPO, GRPO) learns from scored answers. */
export interface PolicyMethod {
  /** The policy's graph with the outputs that the method needs besides logits. */
  withHeads(model: Graph): Graph
  /** The loss of a bound graph. Its other scalar outputs are reported, as means over the minibatches of a step. */
  withLoss(bound: Graph): Graph
  /** Answers to each prompt. */
  readonly responses: number
  /** The names of the numbers of each token that `targetsOf` gives, in the order of the loss' inputs. */
  readonly numbers: readonly string[]
  /** The training targets of rollouts, those of one prompt in sequence. `beta` is the price of divergence from the reference. */
  targetsOf(rollouts: readonly Rollout[], beta: number): TrainingTargets
  /** The price of divergence at first. */
  readonly beta: number
  /** The price after a step whose responses diverged by `kl` nats on average. */
  nextBeta(beta: number, kl: number, rollouts: number): number
}

/** The responses that a step learns from, with their training targets. */
export interface TrainingTargets {
  readonly responses: readonly LearnedResponse[]
  /** Reported with the metrics of the step. */
  readonly metrics?: Readonly<Record<string, number>>
}

/** The model and weights of the task are those that policy and reference start from. */
export interface PolicyTask extends TuningTask<PolicySettings> {
  /** The ids that stand for something; default all. */
  readonly known?: KnownIds
  readonly prompts: readonly ArrayLike<number>[]
  /** Ids that end an answer. */
  readonly stop: readonly number[]
  /** Makes the scorer of the answers, whose models a compiler compiles. It computes at most `rows` at once. */
  scorer(compiler: Compiler, rows: number): Promise<Scorer>
  /** The text of ids, for people. */
  decode(ids: ArrayLike<number>): string
}

/** The weights are those of the model, without heads. */
export interface TrainedPolicy extends Tuned {
  /** Means over the answers of the first steps. */
  readonly first: RolloutMeans
  /** Means over the answers of the last steps. */
  readonly last: RolloutMeans
}

/** Means over the rollouts of a step. */
export interface RolloutMeans {
  readonly reward: number
  /** Nats of a response: the sum over its tokens of log policy − log reference. */
  readonly kl: number
  readonly length: number
  readonly ended: number
}

/** The number of rollouts that a report of a step shows. */
const shownRollouts = 4

/** How many steps count as the first and as the last. */
const window = 10

/**
 * Trains the policy. Resumes from the newest checkpoint in `work`; interrupted and resumed, or not, it ends in the same bytes. Throws
 * `Interrupted` after a checkpoint if `signal` aborts, a StageError if training diverges. Dropout is off, so that the ratio of new to
 * old probability is 1 before anything is learned.
 */
export async function trainPolicy(task: PolicyTask, method: PolicyMethod): Promise<TrainedPolicy> {
  const { settings, threads, vocab, prompts, emit } = task
  const { steps, epochs, seed } = settings

  // The policy with its heads, over rows that are wide enough for every answer.
  const longest = prompts.reduce((max, { length }) => Math.max(max, length), 0) + settings.max_tokens
  const time = widthFor(longest, task.model.context)
  warnOfIgnoredTerms(task.model.graph, emit)
  const adapted = withAdapter(task.model, settings, vocab)
  const model: ModelSpec = { ...adapted, graph: method.withHeads(withoutDropout(adapted.graph)) }
  const graphOf = (rows: number) => withSegments(bind(model.graph, { batch: rows, time, vocab }))
  const orders = new ShuffledOrders(prompts.length, seed, 'prompts')
  const bytesOf = (count: number) => peakBytes(differentiate(method.withLoss(graphOf(count))))
  const rows = rowsFor(longestSteps(task, method, orders), time, { max: rowsInMemory(bytesOf, task.engine.atOnce) })
  const graph = graphOf(rows)
  const objective = method.withLoss(graph)
  const learned = new LearnedWeights(graph.weights, { ...settings, start: task.weights, objective })
  const reference = learned.atStart()
  const training = await Training.start<State>(task, {
    objective,
    divide: (some) => method.withLoss(graphOf(some)),
    slots: learned.slots,
    frozen: learned.frozen,
    beside: reference,
    state: { beta: method.beta, updates: 0, losses: [], first: [], last: [] },
    initialize: (some, flat) => learned.initialize(some, flat),
  })
  const { state } = training

  const shape = { vocab, known: task.known, batch: settings.rollouts, rows, threads }
  const rollouts = new Rollouts(training.compiler, model, shape)
  const scorer = await task.scorer(training.beside, Math.max(maxRows, rows))
  const batch = makeTokenBatch(rows, time, ['counts', ...method.numbers])
  const writing = {
    ...plainSampling,
    temperature: settings.temperature,
    maxTokens: settings.max_tokens,
    stop: task.stop,
  }
  const meter = new Meter(task, steps)

  for (let step = training.step; step < steps; step++) {
    // The policy answers, and the answers are scored.
    const prompted = promptsOf(step, task, method.responses, orders)
    const randoms = prompted.map((_, i) => new Random(seed, 'rollouts', step * prompted.length + i))
    const sampled = await rollouts.sample(training.weights, reference, prompted, writing, randoms, scorer)
    const means = meansOf(sampled)
    if (!Number.isFinite(means.reward)) throw noScore(step)

    // The training targets; they stay as they are while the policy changes.
    const { responses, metrics = {} } = method.targetsOf(sampled, state.beta)
    const statistics = new Map<string, number>()
    const learningRate = training.rate(step, steps)
    let minibatches = 0
    let loss = 0
    let gradientNorm = 0

    for (let epoch = 0, isNear = true; epoch < epochs && isNear; epoch++) {
      const order = new Random(seed, 'minibatches', step * epochs + epoch).permutation(responses.length)
      const size = Math.ceil(responses.length / settings.minibatches)
      for (let from = 0; from < order.length && isNear; from += size) {
        const minibatch = Array.from(order.subarray(from, from + size), (i) => responses[i]!)
        const total = minibatch.reduce((sum, { numbers }) => sum + sumOf(numbers.counts!), 0)

        // Forward and backward, over as many batches as the minibatch fills.
        training.clear()
        const sums = new Map<string, number>()
        for (const part of inBatches(minibatch, sequenceUnit, { rows, time })) {
          batch.fill(part, total)
          const outputs = await (await training.accumulate(batch.feeds, state.updates)).read()
          for (const [name, output] of Object.entries(outputs))
            if (output.shape.length === 0) add(sums, name, output.data[0]!)
        }
        loss = sums.get('loss')!
        gradientNorm = await training.measure(step, loss)
        for (const [name, value] of sums) add(statistics, name, value)
        minibatches++

        // Too far from the policy that answered: it would no longer give these answers, so the step stops learning from them.
        isNear = settings.stop_kl === undefined || sums.get('approximateKl')! <= settings.stop_kl
        if (isNear) await training.apply(++state.updates, learningRate, settings.clip_norm)
      }
    }
    state.beta = method.nextBeta(state.beta, means.kl, sampled.length)
    if (state.first.length < window) state.first = [...state.first, means]
    state.last = [...state.last.slice(1 - window), means]

    const done = step + 1
    const tokens = sampled.reduce((sum, { policy }) => sum + policy.length, 0)
    if (meter.step({ done, loss, learningRate, gradientNorm }, tokens)) {
      const averaged = [...statistics].map(([name, sum]) => [name, sum / minibatches] as const)
      meter.report({ ...means, ...Object.fromEntries(averaged), ...metrics, beta: state.beta })
      const [first, ...more] = sampled.slice(0, shownRollouts).map((rollout) => inWords(rollout, task))
      if (first !== undefined) emit({ event: 'sample', step: done, ...first, more })
    }
    await training.saveIfDue(done, steps)
  }
  await training.finish()
  await rollouts.dispose()
  await scorer.dispose()
  const tuned = learned.tuned(task.model, await training.learned())
  await training.dispose()
  return {
    ...tuned,
    first: meanOfMeans(state.first),
    last: meanOfMeans(state.last),
  }
}

/** The state that a checkpoint holds besides arrays. */
interface State {
  beta: number
  /** Steps of the optimizer. */
  updates: number
  losses: readonly number[]
  first: readonly RolloutMeans[]
  last: readonly RolloutMeans[]
}

/** The prompts of a step, each `responses` times. Each pass through all prompts has an order of its own. */
function promptsOf(
  step: number,
  { prompts, settings }: PolicyTask,
  responses: number,
  orders: ShuffledOrders,
): ArrayLike<number>[] {
  const count = Math.max(1, Math.floor(settings.rollouts / responses))
  return Array.from({ length: count * responses }, (_, i) => {
    const place = step * count + Math.floor(i / responses)
    const order = orders.of(Math.floor(place / prompts.length))
    return prompts[order[place % prompts.length]!]!
  })
}

/** The lengths of the minibatches of the first steps, if every answer is as long as it may be. */
function longestSteps(task: PolicyTask, method: PolicyMethod, orders: ShuffledOrders): Unit[][] {
  const { minibatches, max_tokens: maxTokens, rollouts } = task.settings
  const steps = Array.from({ length: Math.ceil(rowEstimateSample / rollouts) }, (_, step) =>
    promptsOf(step, task, method.responses, orders),
  )
  return steps.flatMap((prompts) => {
    const size = Math.ceil(prompts.length / minibatches)
    const units = prompts.map(({ length }) => [Math.min(length + maxTokens, task.model.context)])
    return Array.from({ length: Math.ceil(units.length / size) }, (_, i) => units.slice(i * size, (i + 1) * size))
  })
}

/** A rollout as people read it. */
function inWords({ ids, prompt, score }: Rollout, { decode }: PolicyTask): RewardedText {
  return { prompt: decode(ids.slice(0, prompt)), text: decode(ids.slice(prompt)), reward: score }
}

function meansOf(rollouts: readonly Rollout[]): RolloutMeans {
  const mean = (number: (rollout: Rollout) => number) =>
    rollouts.reduce((sum, rollout) => sum + number(rollout), 0) / rollouts.length
  return {
    reward: mean(({ score }) => score),
    kl: mean(({ policy, reference }) => sumOf(policy) - sumOf(reference)),
    length: mean(({ policy }) => policy.length),
    ended: mean(({ ended }) => Number(ended)),
  }
}

function meanOfMeans(steps: readonly RolloutMeans[]): RolloutMeans {
  const mean = (name: keyof RolloutMeans) => steps.reduce((sum, means) => sum + means[name], 0) / steps.length
  return { reward: mean('reward'), kl: mean('kl'), length: mean('length'), ended: mean('ended') }
}

function sumOf(numbers: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < numbers.length; i++) sum += numbers[i]!
  return sum
}

function add(sums: Map<string, number>, name: string, value: number): void {
  sums.set(name, (sums.get(name) ?? 0) + value)
}

function noScore(step: number): StageError {
  return new StageError(
    'no-score',
    `at step ${(step + 1).toLocaleString('en-US')} the reward model gave a score that is not a finite number`,
    'Train the reward model again, with a lower learning rate.',
  )
}
