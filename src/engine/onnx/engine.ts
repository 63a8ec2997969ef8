/** The engine over ONNX Runtime: it compiles a tensor graph to an ONNX model, and runs the model in a session. */

import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { StageError } from '../../core/failure.ts'
import { peakBytes } from '../../model/estimates/cost.ts'
import { expandComposites } from '../../model/gradients/expand.ts'
import type { Graph } from '../../model/graph.ts'
import { numeric } from '../../model/shape.ts'
import type { CompileOptions, Engine, Executable, Tensor } from '../engine.ts'
import { onnxModel } from './compile.ts'
import { loadRuntime, type Ort } from './runtime.ts'
import { Sessions } from './sessions.ts'

/** Loads ONNX Runtime. Throws a StageError `no-engine` if its binary is missing. */
export async function onnxEngine(): Promise<Engine> {
  const ort = await loadRuntime()
  return {
    name: 'onnx',
    description: `ONNX Runtime ${ort.env.versions.node ?? ''}, CPU`.replace(' ,', ','),
    dtypes: new Set(['float32', 'int32']),
    fused: new Set(),
    compile: (graph, options) => compile(ort, graph, options),
  }
}

/**
 * From this many bytes of results alive at once, a session allocates each result from the system and frees it, which costs a few percent of
 * the time. Smaller ones use an arena, which is faster, but keeps a third more memory than is needed.
 */
const arenaLimit = 2 ** 30

async function compile(ort: Ort, graph: Graph, { threads }: CompileOptions): Promise<Executable> {
  const { bytes, names } = onnxModel(graph)
  const isLarge = peakBytes(expandComposites(graph)) > arenaLimit
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
    // A memory pattern is one block for all allocations of a run, beside the memory of the first run: it would double the memory.
    enableMemPattern: false,
    enableCpuMemArena: !isLarge,
    extra: { session: { intra_op: { allow_spinning: spins ? '1' : '0' } } },
  }
}

function executable(ort: Ort, session: Sessions, graph: Graph, names: Readonly<Record<string, string>>): Executable {
  const fed = [...Object.keys(graph.inputs), ...graph.weights.map(({ name }) => name)]
  const wrapped = new WeakMap<object, OrtTensor>()
  /** ONNX Runtime's tensor over the same memory. Remembered, since the same tensors are fed at every step. */
  const wrap = (tensor: Tensor): OrtTensor => {
    const known = wrapped.get(tensor)
    if (known !== undefined) return known
    const wrapper =
      tensor.dtype === 'float32'
        ? new ort.Tensor('float32', tensor.data, tensor.shape)
        : new ort.Tensor('int32', tensor.data, tensor.shape)
    wrapped.set(tensor, wrapper)
    return wrapper
  }
  return {
    async run(feeds, into = {}) {
      const inputs: Record<string, OrtTensor> = {}
      for (const name of fed) {
        const tensor = feeds[name]
        if (tensor === undefined) throw new Error(`no tensor is fed for \`${name}\``)
        inputs[name] = wrap(tensor)
      }
      const fetches: Record<string, OrtTensor | null> = {}
      for (const [output, name] of Object.entries(names)) {
        const target = into[output]
        fetches[name] = target === undefined ? null : wrap(target)
      }
      const results = await orOutOfMemory(() => session.run(inputs, fetches))
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
