/** Where the time of a graph goes, by ONNX Runtime's own profiler: a table by operator, and one by operator and shapes. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { onnxModel } from '../../src/engine/onnx/compile.ts'
import type { Graph } from '../../src/model/graph.ts'
import { numeric, sizeOf } from '../../src/model/shape.ts'

/** An event of the profile: a call of an operator, where it has arguments of that kind. */
interface Event {
  readonly cat: string
  readonly name: string
  /** Microseconds. */
  readonly dur: number
  readonly args: {
    readonly op_name: string
    readonly input_type_shape: readonly Readonly<Record<string, readonly number[]>>[]
    readonly output_type_shape: readonly Readonly<Record<string, readonly number[]>>[]
  }
}

interface Call {
  readonly op: string
  readonly shapes: string
  /** Of two operations for each number of each sum; 0 where it is no product. */
  readonly flops: number
  readonly bytes: number
  /** The least of all runs: what others on the machine take from it is left out. */
  microseconds: number
}

/** Runs the graph `runs` times on one thread and prints the tables. */
export async function profile(graph: Graph, runs: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'llmpipe-profile-'))
  const options = { intraOpNumThreads: 1, enableProfiling: true, profileFilePrefix: join(folder, 'profile') }
  const session = await InferenceSession.create(onnxModel(graph).bytes, options)
  const feeds = Object.fromEntries(
    [...Object.entries(graph.inputs), ...graph.weights.map(({ name, node }) => [name, node] as const)].map(
      ([name, node]) => [name, fed(name, graph.nodes[node]!)],
    ),
  )
  for (let run = 0; run < runs; run++) await session.run(feeds)
  session.endProfiling()
  const [file] = readdirSync(folder) as [string]
  const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Event[]
  rmSync(folder, { recursive: true })

  const calls = new Map<string, Call>()
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue
    const call = calls.get(name) ?? callOf(args)
    call.microseconds = Math.min(call.microseconds, dur)
    calls.set(name, call)
  }
  const total = [...calls.values()].reduce((sum, { microseconds }) => sum + microseconds, 0)
  console.log(`${calls.size} calls, ${(total / 1e3).toFixed(1)} ms, the least of ${runs} runs each`)
  print([...calls.values()], total, ({ op }) => op)
  print([...calls.values()], total, ({ op, shapes }) => `${op} ${shapes}`)
}

/** Small numbers, all alike or in turn: times do not depend on them. */
function fed(name: string, { dtype, shape }: Graph['nodes'][number]): Tensor {
  const sizes = shape.map(numeric)
  const length = sizeOf(sizes)
  if (dtype === 'int32')
    return new Tensor(
      dtype,
      Int32Array.from({ length }, (_, i) => i % 64),
      sizes,
    )
  const value = name === 'total' ? 1000 : 1
  return new Tensor(
    dtype,
    Float32Array.from({ length }, (_, i) => (sizes.length > 1 ? Math.sin(i) / 10 : value)),
    sizes,
  )
}

function callOf({ op_name, input_type_shape, output_type_shape }: Event['args']): Call {
  const [inputs, outputs] = [input_type_shape, output_type_shape].map((all) =>
    all.map((each) => Object.values(each)[0]!),
  ) as [number[][], number[][]]
  const shapes = [inputs, outputs].map((all) => all.map((shape) => shape.join('×')).join(' ')).join(' → ')
  // Of a product m×n of m×k and k×n, the operands have m·k and k·n numbers in each of the batch.
  const isProduct = ['Gemm', 'FusedMatMul', 'MatMul'].includes(op_name)
  const [a, b, c] = [inputs[0], inputs[1], outputs[0]].map((shape) => sizeOf(shape ?? [])) as [number, number, number]
  const batch = sizeOf(outputs[0]!.slice(0, -2))
  const flops = isProduct ? 2 * c * Math.sqrt((a * b) / (c * batch)) : 0
  const bytes = 4 * [...inputs, ...outputs].reduce((sum, shape) => sum + sizeOf(shape), 0)
  return { op: op_name, shapes, flops, bytes, microseconds: Number.POSITIVE_INFINITY }
}

function print(calls: readonly Call[], total: number, keyOf: (call: Call) => string): void {
  const groups = new Map<string, Call[]>()
  for (const call of calls) groups.set(keyOf(call), [...(groups.get(keyOf(call)) ?? []), call])
  const sum = (group: readonly Call[], of: (call: Call) => number) => group.reduce((all, call) => all + of(call), 0)
  const rows = [...groups].map(([key, group]) => {
    const microseconds = sum(group, (call) => call.microseconds)
    const flops = sum(group, (call) => call.flops)
    return {
      microseconds,
      line: {
        what: key,
        calls: group.length,
        ms: (microseconds / 1e3).toFixed(2),
        'of all': `${((100 * microseconds) / total).toFixed(1)} %`,
        'GFLOP/s': flops === 0 ? '' : (flops / microseconds / 1e3).toFixed(0),
        'GB/s': (sum(group, (call) => call.bytes) / microseconds / 1e3).toFixed(0),
      },
    }
  })
  rows.sort((a, b) => b.microseconds - a.microseconds)
  console.table(rows.slice(0, 25).map(({ line }) => line))
}
