/** Every operation on PyTorch beside ONNX Runtime, forward and gradient. Runs where LLMPIPE_PYTHON has torch and safetensors. */

import { beforeAll, describe, it } from 'vitest'
import type { Tensor } from '../../../src/engine/engine.ts'
import { GraphBuilder } from '../../../src/model/build.ts'
import { Expr, input, mul, sum } from '../../../src/model/expr.ts'
import type { Attributes, Op } from '../../../src/model/ops.ts'
import { numeric } from '../../../src/model/shape.ts'
import { type Case, cases } from '../../engine/cases.ts'
import { random } from '../../engine/suite.ts'
import { expectSame, type Job, python, type Results, runModules } from './modules.ts'

/** The operation on weights, with the loss Σ y·c for random numbers c, so that each weight has a gradient. */
function jobOf(op: keyof typeof cases, { inputs, attributes }: Case<Op>): Job {
  const builder = new GraphBuilder()
  const feeds: Record<string, Tensor> = {}
  const nodes = inputs.map((operand, i) => {
    const name = `x${i}`
    feeds[name] = random(operand, `${op} ${i}`)
    const isMask = op === 'dropout' && i === 1
    if (typeof operand.of === 'object' || isMask)
      return builder.input(name, operand.shape, isMask ? 'float32' : 'int32')
    return builder.weight(name, operand.shape, { type: 'constant', value: 0 }, true)
  })
  const y = new Expr(builder, builder.apply(op, nodes, attributes as Attributes[Op]))
  const name = `${op} ${inputs.map(({ shape }) => `[${shape.join(', ')}]`).join(' ')} ${JSON.stringify(attributes)}`
  if (builder.nodes[y.node]!.dtype === 'int32' || inputs.length === 0)
    return { name, graph: builder.finish({ y: y.node }), feeds }
  feeds.c = random({ shape: y.shape.map(numeric) }, 'c')
  const loss = sum(
    mul(y, input(builder, 'c', y.shape)),
    y.shape.map((_, i) => i),
  )
  return { name, graph: builder.finish({ y: y.node, loss: loss.node }), feeds }
}

const jobs = (Object.keys(cases) as (keyof typeof cases)[]).flatMap((op) =>
  cases[op].map((each) => jobOf(op, each as Case<Op>)),
)

describe.skipIf(python === undefined)('an emitted operation computes on PyTorch what ONNX Runtime computes', () => {
  let results: readonly Results[]
  beforeAll(async () => {
    results = await runModules(jobs)
  })

  it.each(jobs.map((job, i) => [job.name, i] as const))('%s', (_, i) =>
    expectSame(jobs[i]!, results[i]!, undefined, true),
  )
})
