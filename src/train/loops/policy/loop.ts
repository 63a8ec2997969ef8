/**
 * Learning from rewards, the loop from top to bottom: the policy answers prompts, a reward model scores the answers, and the policy
 * learns from them in a few epochs of minibatches before it answers the next. What PPO and GRPO make of the scores is theirs to
 * say: src/train/loops/ppo.ts, src/train/loops/grpo.ts.
 */

import type { StageEvent } from '../../../core/event.ts'
import { StageError } from '../../../core/failure.ts'
import { Random } from '../../../core/random.ts'
import type { Engine, Tensor } from '../../../engine/engine.ts'
import { bind } from '../../../model/bind.ts'
import { mostAlive } from '../../../model/cost.ts'
import { differentiate } from '../../../model/differentiate.ts'
import type { Graph } from '../../../model/graph.ts'
import { withoutDropout } from '../../../model/rewrite.ts'
import { withSegments } from '../../../model/segments.ts'
import type { ModelSpec } from '../../../model/spec.ts'
import type { KnownIds } from '../../../text/vocabulary.ts'
import { widthFor } from '../../batches/packed.ts'
import { inBatches, looked, rowsFor, rowsInMemory, type Unit } from '../../batches/rows.ts'
import { plainSampling } from '../../generation/sampling.ts'
import { AdamW, type AdamWSettings, clipFactor } from '../../step/adamw.ts'
import { checkFinite, remember } from '../../step/divergence.ts'
import { rateAt, type Schedule } from '../../step/schedule.ts'
import { Standing } from '../../step/standing.ts'
import { TrainingStep } from '../../step/step.ts'
import { decayedSpan, layOut, type ParameterSlot, spanOf, views } from '../../weights/parameters.ts'
import { warmStart } from '../../weights/warm-start.ts'
import { type Rollout, Rollouts, type Scorer } from './rollouts.ts'
import { type LearnedResponse, makeTokenBatch } from './token-batch.ts'

export interface PolicySettings {
  readonly steps: number
  /** Answers of a step. */
  readonly rollouts: number
  /** How often a step learns from them, and in how many parts. */
  readonly epochs: number
  readonly minibatches: number
  readonly max_tokens: number
  readonly temperature: number
  /** A step learns no further once the approximate KL from the policy that answered is larger. */
  readonly stop_kl?: number | undefined
  readonly optimizer: AdamWSettings
  readonly schedule: Schedule
  readonly clip_norm: number
  readonly seed: number
}

/** What cannot change the result. */
export interface PolicyHints {
  /** Seconds between checkpoints. */
  readonly checkpoint_every: number
  readonly log_every: number
}

/** How scores become lessons. */
export interface PolicyMethod {
  /** The policy's graph with what it needs besides logits. */
  withHeads(model: Graph): Graph
  /** The loss of a bound graph; its outputs but `loss` are reported, as means over the minibatches of a step. */
  withLoss(bound: Graph): Graph
  /** Answers to each prompt. */
  readonly responses: number
  /** The names of the numbers that `learn` gives for each token, in the order of the loss' inputs. */
  readonly numbers: readonly string[]
  /** From rollouts, those of one prompt side by side, and the price of divergence, to what is learned. */
  learn(rollouts: readonly Rollout[], beta: number): Lesson
  /** The price of divergence at first, and after steps. */
  readonly beta: number
  nextBeta(beta: number, kl: number, rollouts: number): number
}

export interface Lesson {
  readonly responses: readonly LearnedResponse[]
  /** What is reported of it. */
  readonly metrics?: Readonly<Record<string, number>>
}

export interface PolicyTask {
  /** The policy's model, and what policy and reference begin as. */
  readonly model: ModelSpec
  readonly weights: Readonly<Record<string, Tensor>>
  readonly vocab: number
  /** The ids that stand for something; default all. */
  readonly known?: KnownIds
  readonly prompts: readonly ArrayLike<number>[]
  /** Ids that end an answer. */
  readonly stop: readonly number[]
  readonly score: Scorer
  /** Makes text of ids, for people. */
  decode(ids: ArrayLike<number>): string
  readonly settings: PolicySettings
  readonly hints: PolicyHints
  readonly engine: Engine
  readonly threads: number
  /** Where checkpoints lie. */
  readonly work: string
  /** The step after which the state is kept for longer runs. */
  readonly keepState?: number | undefined
  readonly signal: AbortSignal
  emit(event: StageEvent): void
}

export interface TrainedPolicy {
  /** Those of the model, without heads. */
  readonly slots: readonly ParameterSlot[]
  readonly parameters: Float32Array
  /** Means over the answers of the first steps, and of the last. */
  readonly first: Tally
  readonly last: Tally
}

/** What is said of a step's answers. */
export interface Tally {
  readonly reward: number
  /** Of a response, in nats: the sum over its tokens of log policy − log reference. */
  readonly kl: number
  readonly length: number
  readonly ended: number
}

/** How many steps the first and the last are. */
const window = 10

/**
 * Trains the policy. Resumes from the newest checkpoint in `work`; interrupted and resumed, or not, it ends in the same bytes. Throws
 * `Interrupted` after a checkpoint where `signal` aborts, a StageError where training diverges. Dropout is off: the ratio of new to
 * old probability is to be 1 before anything is learned.
 */
export async function trainPolicy(task: PolicyTask, method: PolicyMethod): Promise<TrainedPolicy> {
  const { settings, hints, engine, threads, vocab, prompts, emit } = task
  const { steps, epochs, seed } = settings

  // The policy with its heads over rows wide enough for every answer, and all its weights in one array.
  const longest = prompts.reduce((most, { length }) => Math.max(most, length), 0) + settings.max_tokens
  const time = widthFor(longest, task.model.context)
  const model: ModelSpec = { ...task.model, graph: method.withHeads(withoutDropout(task.model.graph)) }
  const graphOf = (rows: number) => withSegments(bind(model.graph, { batch: rows, time, vocab }))
  const rows = rowsFor(longestSteps(task, method), time, {
    most: rowsInMemory((count) => mostAlive(differentiate(method.withLoss(graphOf(count))))),
  })
  const graph = graphOf(rows)
  const slots = layOut(graph.weights)
  const optimizer = new AdamW(spanOf(slots), decayedSpan(slots), settings.optimizer)
  const parameters = optimizer.weights
  const weights = views(slots, parameters)

  // Where it stands: at the beginning, or at a checkpoint.
  const start: State = { beta: method.beta, updates: 0, losses: [], first: [], last: [] }
  const standing = new Standing(task, optimizer, start, () =>
    warmStart(graph.weights, slots, parameters, task.weights, seed),
  )
  const { state } = standing

  const rollouts = new Rollouts(engine, model, { vocab, known: task.known, batch: settings.rollouts, rows, threads })
  const training = await TrainingStep.compile(engine, method.withLoss(graph), slots, optimizer, { threads })
  const batch = makeTokenBatch(rows, time, ['counts', ...method.numbers])
  const writing = {
    ...plainSampling,
    temperature: settings.temperature,
    maxTokens: settings.max_tokens,
    stop: task.stop,
  }
  let lastLog = performance.now()
  let tokensSinceLog = 0

  for (let step = standing.step; step < steps; step++) {
    // The policy answers, and the answers are scored.
    const asked = promptsOf(step, task, method.responses)
    const randoms = asked.map((_, i) => new Random(seed, 'rollouts', step * asked.length + i))
    const made = await rollouts.make(weights, task.weights, asked, writing, randoms, task.score)
    const tally = tallyOf(made)
    if (!Number.isFinite(tally.reward)) throw noScore(step)

    // What there is to learn from them; it stays as it is while the policy moves.
    const { responses, metrics = {} } = method.learn(made, state.beta)
    const said = new Map<string, number>()
    let minibatches = 0
    let loss = 0
    let gradientNorm = 0

    for (let epoch = 0, near = true; epoch < epochs && near; epoch++) {
      const order = new Random(seed, 'minibatches', step * epochs + epoch).permutation(responses.length)
      const size = Math.ceil(responses.length / settings.minibatches)
      for (let from = 0; from < order.length && near; from += size) {
        const some = Array.from(order.subarray(from, from + size), (i) => responses[i]!)
        const total = some.reduce((sum, { numbers }) => sum + sumOf(numbers.counts!), 0)

        // Forward and backward, over as many batches as the minibatch fills.
        optimizer.clear()
        const sums = new Map<string, number>()
        for (const part of inBatches(some, rows, time)) {
          batch.fill(part, total)
          const outputs = await training.accumulate(batch.feeds, seed, state.updates)
          for (const [name, { shape, data }] of Object.entries(outputs))
            if (shape.length === 0) add(sums, name, data[0]!)
        }
        loss = sums.get('loss')!
        gradientNorm = optimizer.norm()
        state.losses = remember(state.losses, loss)
        checkFinite(step + 1, state.losses, gradientNorm)
        for (const [name, value] of sums) add(said, name, value)
        minibatches++

        // Too far from the policy that answered: what is left would be learned from answers that it would not give.
        near = settings.stop_kl === undefined || sums.get('approximateKl')! <= settings.stop_kl
        if (!near) break

        // The optimizer.
        const lr = settings.optimizer.lr * rateAt(settings.schedule, step, steps)
        optimizer.update(++state.updates, lr, clipFactor(gradientNorm, settings.clip_norm))
      }
    }
    state.beta = method.nextBeta(state.beta, tally.kl, made.length)
    if (state.first.length < window) state.first = [...state.first, tally]
    state.last = [...state.last.slice(1 - window), tally]

    // What people see.
    const done = step + 1
    tokensSinceLog += made.reduce((sum, { policy }) => sum + policy.length, 0)
    emit({ event: 'progress', done, total: steps, unit: 'steps' })
    if (done % hints.log_every === 0 || done === steps) {
      const tokensPerSecond = Math.round((1000 * tokensSinceLog) / (performance.now() - lastLog))
      const means = [...said].map(([name, sum]) => [name, sum / minibatches] as const)
      const learningRate = settings.optimizer.lr * rateAt(settings.schedule, step, steps)
      emit({
        event: 'metric',
        step: done,
        ...tally,
        ...Object.fromEntries(means),
        ...metrics,
        beta: state.beta,
        learningRate,
        gradientNorm,
        tokensPerSecond,
      })
      const { ids, prompt } = made[0]!
      emit({
        event: 'sample',
        step: done,
        prompt: task.decode(ids.slice(0, prompt)),
        text: task.decode(ids.slice(prompt)),
      })
      lastLog = performance.now()
      tokensSinceLog = 0
    }

    standing.secure(done, steps)
  }
  await training.dispose()
  await rollouts.dispose()
  const own = new Set(task.model.graph.weights.map(({ name }) => name))
  return {
    slots: slots.filter(({ name }) => own.has(name)),
    parameters,
    first: meanTally(state.first),
    last: meanTally(state.last),
  }
}

/** What a checkpoint holds besides arrays. */
interface State {
  beta: number
  /** Steps of the optimizer. */
  updates: number
  losses: readonly number[]
  first: readonly Tally[]
  last: readonly Tally[]
}

/** The prompts of a step, each as often as it is answered. Each time through all of them has an order of its own. */
function promptsOf(step: number, { prompts, settings }: PolicyTask, responses: number): ArrayLike<number>[] {
  const count = Math.max(1, Math.floor(settings.rollouts / responses))
  const orders = new Map<number, Uint32Array>()
  return Array.from({ length: count * responses }, (_, i) => {
    const place = step * count + Math.floor(i / responses)
    const epoch = Math.floor(place / prompts.length)
    const order = orders.get(epoch) ?? new Random(settings.seed, 'prompts', epoch).permutation(prompts.length)
    orders.set(epoch, order)
    return prompts[order[place % prompts.length]!]!
  })
}

/** What minibatches of the first steps fill where every answer is as long as it may be. */
function longestSteps(task: PolicyTask, method: PolicyMethod): Unit[][] {
  const { minibatches, max_tokens: most, rollouts } = task.settings
  const steps = Array.from({ length: Math.ceil(looked / rollouts) }, (_, step) =>
    promptsOf(step, task, method.responses),
  )
  return steps.flatMap((asked) => {
    const size = Math.ceil(asked.length / minibatches)
    const units = asked.map(({ length }) => [Math.min(length + most, task.model.context)])
    return Array.from({ length: Math.ceil(units.length / size) }, (_, i) => units.slice(i * size, (i + 1) * size))
  })
}

function tallyOf(rollouts: readonly Rollout[]): Tally {
  const mean = (number: (rollout: Rollout) => number) =>
    rollouts.reduce((sum, rollout) => sum + number(rollout), 0) / rollouts.length
  return {
    reward: mean(({ score }) => score),
    kl: mean(({ policy, reference }) => sumOf(policy) - sumOf(reference)),
    length: mean(({ policy }) => policy.length),
    ended: mean(({ ended }) => Number(ended)),
  }
}

function meanTally(tallies: readonly Tally[]): Tally {
  const mean = (name: keyof Tally) => tallies.reduce((sum, tally) => sum + tally[name], 0) / tallies.length
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
    `at step ${(step + 1).toLocaleString('en-US')} the reward model gave a score that is no number`,
    'Train the reward model anew, with a lower learning rate.',
  )
}
