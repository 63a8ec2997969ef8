/** Emits graphs as modules, runs all of them in one Python, and compares with ONNX Runtime. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Tensors } from '../../../src/engine/engine.ts'
import { loadEngine } from '../../../src/engine/load.ts'
import { type TorchModule, type TorchModuleOptions, torchModule } from '../../../src/engine/torch/emit/torch-module.ts'
import { differentiate } from '../../../src/model/gradients/differentiate.ts'
import type { Graph } from '../../../src/model/graph.ts'
import { readSafetensors, writeSafetensors } from '../../../src/train/weights/safetensors.ts'
import { difference, largestOf } from '../../engine/suite.ts'
import { scratch } from '../../train/small.ts'
import { runPython } from '../run-python.ts'

export const python = process.env.LLMPIPE_PYTHON

export interface Job extends TorchModuleOptions {
  readonly name: string
  readonly graph: Graph
  /** Tensors for all inputs and weights. */
  readonly feeds: Tensors
  /** The backend of torch.compile that compiles the layers; the result `graphs` is the number of graphs that it compiled. */
  readonly compile?: 'inductor' | 'aot_eager'
  /** Whether the result `largest` is the size of the largest tensor of all. */
  readonly measure?: boolean
  /** Changes the source before it runs. */
  readonly edit?: (source: string) => string
}

export type Results = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>

/** Runs the modules of all jobs. Returns their outputs, and the gradients of those that have a `loss`, as `grad:<weight>`. */
export async function runModules(jobs: readonly Job[]): Promise<Results[]> {
  const folder = scratch()
  const described = jobs.map((job, i) => {
    const { source, inputs }: TorchModule = torchModule(job.graph, job)
    const paths = { module: `${i}.py`, tensors: `${i}.in.safetensors`, results: `${i}.out.safetensors` }
    const at = (name: string) => join(folder, name)
    writeFileSync(at(paths.module), job.edit?.(source) ?? source)
    const stored = Object.entries(job.feeds).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float32Array.from(data) },
    ])
    writeSafetensors(at(paths.tensors), Object.fromEntries(stored))
    return {
      name: job.name,
      module: at(paths.module),
      tensors: at(paths.tensors),
      results: at(paths.results),
      ids: Object.keys(job.feeds).filter((name) => job.feeds[name]!.dtype === 'int32'),
      weights: job.graph.weights.map((weight) => weight.name),
      inputs,
      differentiate: job.graph.outputs.loss !== undefined && job.graph.weights.length > 0,
      compile: job.compile ?? '',
      measure: job.measure ?? false,
    }
  })
  const list = join(folder, 'jobs.json')
  writeFileSync(list, JSON.stringify(described))
  await runPython('test/torch/emit/run_modules.py', [list])
  return described.map(({ results }) => readAll(results))
}

function readAll(path: string): Results {
  const { tensors } = readSafetensors(path)
  return tensors
}

/** The same by ONNX Runtime and our own gradients. */
export async function onnxResults({ graph, feeds }: Job): Promise<Results> {
  const engine = await loadEngine('onnx')
  const wanted = graph.outputs.loss === undefined ? graph : differentiate(graph)
  const executable = await engine.compile(wanted, { threads: 1 })
  const outputs = await executable.run(feeds)
  await executable.dispose()
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]),
  )
}

/**
 * Expects the outputs and gradients of PyTorch to be those of ONNX Runtime, within a share of the largest number of each. `mayBeFlat`: all
 * gradients may be 0.
 */
export async function expectSame(job: Job, got: Results, tolerance = 1e-5, mayBeFlat = false): Promise<void> {
  const expected = await onnxResults(job)
  // A gradient that is 0 but for rounding, such as that of the bias of keys, is compared with the others.
  const gradients = Object.entries(expected).filter(([name]) => name.startsWith('grad:'))
  const largest = Math.max(0, ...gradients.map(([, { data }]) => largestOf(data)))
  if (!mayBeFlat && gradients.length > 0) expect(largest).toBeGreaterThan(0)
  for (const [name, { shape, data }] of Object.entries(expected)) {
    const own = got[name]
    const isGradient = name.startsWith('grad:')
    if (own === undefined && isGradient && largestOf(data) === 0) continue
    expect(own?.shape, name).toEqual(shape)
    expect(difference(own!.data, data, isGradient ? Math.max(1e-6, 1e-2 * largest) : undefined), name).toBeLessThan(
      tolerance,
    )
  }
}
