/** Training steps as `pretrain` makes them: drawing the batch, forward, backward, clipping, AdamW. */

import { Random } from '../../src/core/values/random.ts'
import type { Engine, Tensor, Tensors } from '../../src/engine/engine.ts'
import type { Precision } from '../../src/engine/names.ts'
import type { Pending } from '../../src/engine/training-session.ts'
import { bind } from '../../src/model/bind.ts'
import { GraphBuilder } from '../../src/model/build.ts'
import { withCrossEntropy } from '../../src/model/training/loss.ts'
import { makeBatch } from '../../src/train/batches/batches.ts'
import { startSession } from '../../src/train/step/host-session.ts'
import { initialize } from '../../src/train/weights/initialize.ts'
import { layOut } from '../../src/train/weights/parameters.ts'
import { architecture } from '../../test/model/architecture.ts'
import type { Size } from './sizes.ts'

export function modelOf({ batch: _, steps: __, ...given }: Size) {
  return architecture('gpt2', { ...given })
}

/** The objective and the options of the benchmark's training. */
export function trainingOf(size: Size, threads: number, precision: Precision = 'float32') {
  const graph = bind(modelOf(size).graph, { batch: size.batch, time: size.context, vocab: size.vocab })
  const slots = layOut(graph.weights)
  const optimizer = { lr: 1e-3, betas: [0.9, 0.99], eps: 1e-8, weight_decay: 0.1 } as const
  const options = { slots, frozen: {}, optimizer, seed: 1, single: true, threads, precision }
  return { graph, objective: withCrossEntropy(graph), options }
}

/** A training step on random tokens, of which `done` have been made; it returns when the loss of the step before is known, as `pretrain` does. */
export async function trainingStep(
  engine: Engine,
  size: Size,
  threads: number,
  precision: Precision = 'float32',
  done = 0,
) {
  const { graph, objective, options } = trainingOf(size, threads, precision)
  const session = await startSession(engine, objective, options)
  await session.fill((slot, values) => initialize(graph.weights, [{ ...slot, start: 0 }], values, 1))
  const batch = makeBatch(size.batch, size.context)
  let count = done
  let before: Pending<Tensors> | undefined
  const step = async () => {
    const random = new Random(1, 'tokens', count)
    for (let i = 0; i < batch.tokens.length; i++) {
      batch.tokens[i] = random.below(size.vocab)
      batch.targets[i] = random.below(size.vocab)
    }
    const outputs = await session.accumulate(batch.feeds, count)
    await session.update({ step: ++count, rate: 1e-3, maxNorm: 1 })
    await before?.read()
    before = outputs
  }
  /** Waits until all steps are done. */
  const finish = async () => {
    await session.norm().read()
    before = undefined
  }
  return { session, step, finish }
}

/** The two products of the feed-forward block, the largest of the model except for the embedding tables; repeated, so that the cost of a call vanishes. */
export async function largestProduct(
  engine: Engine,
  { dim, batch, context }: Size,
  threads: number,
): Promise<{ readonly name: string; readonly flops: number; run(): Promise<unknown> }> {
  const rows = batch * context
  const times = 16
  const builder = new GraphBuilder()
  const attributes = { transposeA: false, transposeB: true, alpha: 1 / dim }
  let x = builder.input('x', [rows, dim], 'float32')
  const up = builder.input('up', [4 * dim, dim], 'float32')
  const down = builder.input('down', [dim, 4 * dim], 'float32')
  for (let i = 0; i < times; i++)
    x = builder.apply('matmul', [builder.apply('matmul', [x, up], attributes), down], attributes)
  const executable = await engine.compile(builder.finish({ x }), { threads })
  const ones = (shape: readonly number[]): Tensor => ({
    dtype: 'float32',
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b)).fill(1),
  })
  const feeds = { x: ones([rows, dim]), up: ones([4 * dim, dim]), down: ones([dim, 4 * dim]) }
  return {
    name: `${rows}×${dim}×${4 * dim}`,
    flops: times * 2 * 2 * rows * dim * 4 * dim,
    run: () => executable.run(feeds),
  }
}
