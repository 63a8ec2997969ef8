/** The engine over TensorFlow.js: native or CUDA if the user has installed it, else in plain JavaScript. */

import { createRequire } from 'node:module'
import type { Tensor as TfTensor } from '@tensorflow/tfjs-core'
import { StageError } from '../../core/failure.ts'
import type { Graph } from '../../model/graph.ts'
import { numeric } from '../../model/shape.ts'
import type { Engine, Executable, Tensor } from '../engine.ts'
import { evaluate, prepare } from './evaluate.ts'
import type { Tfjs } from './lower.ts'

/** Loads the fastest TensorFlow.js that is installed. Throws a StageError `no-engine` if there is none. */
export async function tfjsEngine(): Promise<Engine> {
  const { tf, where } = (await native()) ?? (await plain())
  await tf.ready()
  return {
    name: 'tfjs',
    description: `TensorFlow.js ${tf.version_core}, ${where}`,
    dtypes: new Set(['float32', 'int32']),
    fused: new Set(),
    compile: async (graph) => executable(tf, graph),
  }
}

interface Loaded {
  readonly tf: Tfjs
  readonly where: string
}

async function native(): Promise<Loaded | undefined> {
  for (const [name, where] of [
    ['@tensorflow/tfjs-node-gpu', 'CUDA'],
    ['@tensorflow/tfjs-node', 'native CPU'],
  ] as const) {
    // TypeScript must not resolve the name: the user installs these packages.
    if (!isInstalled(name)) continue
    try {
      return { tf: (await import(name as string)) as Tfjs, where }
    } catch (error) {
      throw new StageError(
        'no-engine',
        `${name} is installed, but could not be loaded: ${(error as Error).message}`,
        `Install it again, or remove it to compute in plain JavaScript (npm uninstall ${name}).`,
      )
    }
  }
  return undefined
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name)
    return true
  } catch {
    return false
  }
}

async function plain(): Promise<Loaded> {
  try {
    const tf = await import('@tensorflow/tfjs-core')
    await import('@tensorflow/tfjs-backend-cpu')
    // Suppresses its advice to install another backend.
    tf.enableProdMode()
    return { tf, where: 'plain JavaScript' }
  } catch (error) {
    throw new StageError(
      'no-engine',
      `TensorFlow.js could not be loaded: ${(error as Error).message}`,
      'Install @tensorflow/tfjs-node-gpu or @tensorflow/tfjs-node, or use `engine: onnx`.',
    )
  }
}

function executable(tf: Tfjs, graph: Graph): Executable {
  const prepared = prepare(graph)
  const fed = [...Object.keys(graph.inputs), ...graph.weights.map(({ name }) => name)]
  return {
    async run(feeds, into = {}) {
      const inputs: Record<string, TfTensor> = {}
      let outputs: Record<string, TfTensor> = {}
      try {
        for (const name of fed) {
          const tensor = feeds[name]
          if (tensor === undefined) throw new Error(`no tensor is fed for \`${name}\``)
          inputs[name] = tf.tensor(tensor.data, [...tensor.shape], tensor.dtype)
        }
        outputs = evaluate(tf, prepared, inputs)
        const results: Record<string, Tensor> = {}
        for (const [name, output] of Object.entries(outputs))
          results[name] = store(graph, name, (await output.data()) as Float32Array | Int32Array, into[name])
        return results
      } finally {
        tf.dispose([inputs, outputs])
      }
    },
    dispose: async () => {},
  }
}

/** Copies a result to `target`, or to memory of its own: that of TensorFlow.js may be a feed's. */
function store(graph: Graph, name: string, data: Float32Array | Int32Array, target: Tensor | undefined): Tensor {
  const { shape, dtype } = graph.nodes[graph.outputs[name]!]!
  if (target === undefined) return { dtype, shape: shape.map(numeric), data: data.slice() } as Tensor
  target.data.set(data)
  return target
}
