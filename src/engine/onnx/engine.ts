/** The engine over ONNX Runtime: a tensor graph becomes an ONNX model, and a model a session. */

import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { StageError } from '../../core/failure.ts'
import { mostAlive } from '../../model/cost.ts'
import { expandComposites } from '../../model/expand.ts'
import type { Graph } from '../../model/graph.ts'
import { numeric } from '../../model/shape.ts'
import type { CompileOptions, Engine, Executable, Tensor } from '../engine.ts'
import { onnxModel } from './compile.ts'
import { Sessions } from './sessions.ts'

type Ort = typeof import('onnxruntime-node')

/** Loads ONNX Runtime; fails with advice where its binary is not there. */
export async function onnxEngine(): Promise<Engine> {
  const ort = await load()
  return {
    name: 'onnx',
    description: `ONNX Runtime ${ort.env.versions.node ?? ''}, CPU`.replace(' ,', ','),
    dtypes: new Set(['float32', 'int32']),
    fused: new Set(),
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

/**
 * Runs whose results take more bytes at once than this ask the system for each of them and give it back: that costs a few per cent of their time.
 * An arena keeps what it has, in pieces, a third more than is needed.
 */
const large = 2 ** 30

async function compile(ort: Ort, graph: Graph, { threads }: CompileOptions): Promise<Executable> {
  const { bytes, names } = onnxModel(graph)
  const isLarge = mostAlive(expandComposites(graph)) > large
  const create = (spins: boolean) =>
    orOutOfMemory(() => ort.InferenceSession.create(bytes, sessionOptions(threads, spins, isLarge)))
  return executable(ort, await Sessions.start(create, threads > 1), graph, names)
}

function sessionOptions(threads: number, spins: boolean, isLarge: boolean): InferenceSession.SessionOptions {
  return {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    // A pattern of a run's allocations is one block as large as all of them together, beside the memory of the first run: twice the memory.
    enableMemPattern: false,
    enableCpuMemArena: !isLarge,
    extra: { session: { intra_op: { allow_spinning: spins ? '1' : '0' } } },
  }
}

function executable(ort: Ort, session: Sessions, graph: Graph, names: Readonly<Record<string, string>>): Executable {
  const fed = [...Object.keys(graph.inputs), ...graph.weights.map(({ name }) => name)]
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
      for (const name of fed) {
        const tensor = feeds[name]
        if (tensor === undefined) throw new Error(`nothing is fed for \`${name}\``)
        given[name] = wrap(tensor)
      }
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
    // Each stage kind names the settings that lower its need: `memoryHelp`.
    throw new StageError('out-of-memory', `ONNX Runtime ran out of memory: ${message}`)
  }
}
