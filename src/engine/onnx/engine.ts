/** The engine over ONNX Runtime: a tensor graph becomes an ONNX model, and a model a session. */

import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { StageError } from '../../core/failure.ts'
import type { Graph } from '../../model/graph.ts'
import { numeric, sizeOf } from '../../model/shape.ts'
import type { CompileOptions, Engine, Executable, Tensor } from '../engine.ts'
import { type Place, sessionBeside } from './beside.ts'
import { onnxModel } from './compile.ts'

type Ort = typeof import('onnxruntime-node')

/** Loads ONNX Runtime; fails with advice where its binary is not there. */
export async function onnxEngine(): Promise<Engine> {
  const ort = await load()
  return {
    name: 'onnx',
    description: `ONNX Runtime ${ort.env.versions.node ?? ''}, CPU`.replace(' ,', ','),
    compile: (graph, options) => compile(ort, graph, options),
  }
}

async function load(): Promise<Ort> {
  try {
    return await import('onnxruntime-node')
  } catch (error) {
    throw new StageError(
      'no-engine',
      `ONNX Runtime could not be loaded: ${(error as Error).message}`,
      'Install the package onnxruntime-node for this platform (npm ci), or run with `engine: tfjs`.',
    )
  }
}

async function compile(ort: Ort, graph: Graph, { threads, beside }: CompileOptions): Promise<Executable> {
  const { bytes, names } = onnxModel(graph)
  const options = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  } as const
  if (beside) return executableBeside(bytes, options, graph, names)
  const session = await orOutOfMemory(() => ort.InferenceSession.create(bytes, options))
  return executable(ort, session, graph, names)
}

/** The same in a thread of its own: outputs come out as copies. */
async function executableBeside(
  bytes: Uint8Array,
  options: InferenceSession.SessionOptions,
  graph: Graph,
  names: Readonly<Record<string, string>>,
): Promise<Executable> {
  const place = (name: string, node: number): Place => {
    const { dtype, shape } = graph.nodes[node]!
    return { name, dtype, shape: shape.map(numeric) }
  }
  const feeds = fedTo(graph).map(([name, node]) => place(name, node))
  const outputs = Object.entries(graph.outputs).map(([output, node]) => place(names[output]!, node))
  const session = await orOutOfMemory(() => sessionBeside(bytes, options, feeds, outputs))
  return {
    async run(given, into = {}) {
      const fed = feeds.map(({ name }) => fedFor(name, given))
      const results: Record<string, Tensor> = {}
      for (const [output, node] of Object.entries(graph.outputs))
        results[output] = into[output] ?? empty(place(output, node))
      await orOutOfMemory(() => session.run(fed, Object.values(results)))
      return results
    },
    dispose: () => session.release(),
  }
}

/** The names of all that is fed, and their nodes. */
function fedTo(graph: Graph): (readonly [string, number])[] {
  return [...Object.entries(graph.inputs), ...graph.weights.map(({ name, node }) => [name, node] as const)]
}

function fedFor(name: string, feeds: Readonly<Record<string, Tensor>>): Tensor {
  const tensor = feeds[name]
  if (tensor === undefined) throw new Error(`nothing is fed for \`${name}\``)
  return tensor
}

function empty({ dtype, shape }: Place): Tensor {
  const size = sizeOf(shape)
  return dtype === 'float32'
    ? { dtype, shape, data: new Float32Array(size) }
    : { dtype, shape, data: new Int32Array(size) }
}

function executable(
  ort: Ort,
  session: InferenceSession,
  graph: Graph,
  names: Readonly<Record<string, string>>,
): Executable {
  const fed = fedTo(graph).map(([name]) => name)
  const wrapped = new WeakMap<object, OrtTensor>()
  /** The same memory as ONNX Runtime's tensor; remembered, since the same tensors come at every step. */
  const wrap = (tensor: Tensor): OrtTensor => {
    const known = wrapped.get(tensor)
    if (known !== undefined) return known
    const made =
      tensor.dtype === 'float32'
        ? new ort.Tensor('float32', tensor.data, tensor.shape)
        : new ort.Tensor('int32', tensor.data, tensor.shape)
    wrapped.set(tensor, made)
    return made
  }
  return {
    async run(feeds, into = {}) {
      const given: Record<string, OrtTensor> = {}
      for (const name of fed) given[name] = wrap(fedFor(name, feeds))
      const fetches: Record<string, OrtTensor | null> = {}
      for (const [output, name] of Object.entries(names)) {
        const target = into[output]
        fetches[name] = target === undefined ? null : wrap(target)
      }
      const results = await orOutOfMemory(() => session.run(given, fetches))
      return Object.fromEntries(
        Object.entries(names).map(([output, name]) => [output, into[output] ?? unwrap(graph, output, results[name]!)]),
      )
    },
    dispose: () => session.release(),
  }
}

function unwrap(graph: Graph, output: string, result: OrtTensor): Tensor {
  const { shape, dtype } = graph.nodes[graph.outputs[output]!]!
  return { dtype, shape: shape.map(numeric), data: result.data } as Tensor
}

async function orOutOfMemory<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    const message = (error as Error).message
    if (!/failed to allocate|bad_alloc|out of memory/i.test(message)) throw error
    throw new StageError(
      'out-of-memory',
      `ONNX Runtime ran out of memory: ${message}`,
      'Lower `batch` or `context`, and raise `accumulate` to keep the same tokens in a step.',
    )
  }
}
