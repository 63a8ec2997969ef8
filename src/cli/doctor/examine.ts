/** Looks at everything that llmpipe uses on this machine: Node, the store, the engines, Python and its PyTorch. */

import { accessSync, constants, existsSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { dirname, relative, resolve } from 'node:path'
import type { StageFailure } from '../../core/event.ts'
import { failureOf } from '../../core/failure.ts'
import { loadEngine } from '../../engine/load.ts'
import type { PythonSource } from '../../engine/torch/python/candidates.ts'
import { faultInWords } from '../../engine/torch/python/faults.ts'
import { type FindOptions, look, unusable } from '../../engine/torch/python/find.ts'
import type { TorchPython } from '../../engine/torch/python/torch-python.ts'
import { type GpuMachine, gpuMachine } from '../../engine/torch/setup/machine.ts'
import { freeBytes } from '../../engine/torch/setup/setup.ts'
import { packageRoot, version } from '../package.ts'
import { storeFor } from '../program/store-folder.ts'
import { Refusal } from '../terminal/refusal.ts'

/** A part that works, described, or the reason why it does not. */
export type Part = { readonly description: string } | { readonly failure: StageFailure }

export interface Examination {
  readonly llmpipe: { readonly version: string; readonly folder: string }
  readonly node: { readonly version: string; readonly path: string }
  readonly machine: {
    readonly platform: string
    readonly arch: string
    readonly processor: string
    readonly cores: number
    /** Bytes that this process may use; `limited` if a container limits them. */
    readonly memory: number
    readonly limited: boolean
  }
  readonly store: {
    readonly folder: string
    readonly exists: boolean
    readonly writable: boolean
    /** Bytes; `null` if the system does not tell. */
    readonly free: number | null
  }
  readonly engines: { readonly onnx: Part; readonly tfjs: Part }
  /** The Python that the engine torch uses; `null` if no Python can run it. */
  readonly python: (TorchPython & { readonly source: PythonSource }) | null
  /** The Pythons that were looked at and cannot be used, each with the reason. */
  readonly unusable: readonly { readonly path: string; readonly source: PythonSource; readonly reason: string }[]
  /** The failure of a Python that was named, which no other replaces. */
  readonly named?: StageFailure
  readonly gpus: Pick<GpuMachine, 'nvidia' | 'nvidiaFault' | 'hasRocm'>
}

/** Examines this machine. Every Python is started anew, which takes seconds. */
export async function examine(store: string | undefined, options: FindOptions): Promise<Examination> {
  const limit = process.constrainedMemory()
  const limited = limit > 0 && limit < totalmem()
  const { nvidia, nvidiaFault, hasRocm } = await gpuMachine(process.env)
  return {
    llmpipe: { version, folder: packageRoot },
    node: { version: process.versions.node, path: process.execPath },
    machine: {
      platform: process.platform,
      arch: process.arch,
      processor: cpus()[0]?.model.trim() ?? process.arch,
      cores: availableParallelism(),
      memory: limited ? limit : totalmem(),
      limited,
    },
    store: storeState(storeRoot(store)),
    engines: { onnx: await engine('onnx'), tfjs: await engine('tfjs') },
    ...(await pythons(options)),
    gpus: { nvidia, hasRocm, ...(nvidiaFault === undefined ? {} : { nvidiaFault }) },
  }
}

async function engine(name: 'onnx' | 'tfjs'): Promise<Part> {
  try {
    return { description: (await loadEngine(name)).description }
  } catch (error) {
    return { failure: failureOf(error) }
  }
}

async function pythons(options: FindOptions): Promise<Pick<Examination, 'python' | 'unusable' | 'named'>> {
  const refused: Examination['unusable'][number][] = []
  for await (const looked of look({ ...options, fresh: true })) {
    const { path, source } = looked
    if ('found' in looked) return { python: { ...looked.found, source }, unusable: refused }
    refused.push({ path, source, reason: faultInWords(looked.fault) })
    if (source === 'option' || source === 'variable')
      return { python: null, unusable: refused, named: unusable(looked.fault, source).toFailure() }
  }
  return { python: null, unusable: refused }
}

/** The store that is named, or that of this folder. Several stores just below this folder are no reason to examine nothing. */
function storeRoot(store: string | undefined): string {
  try {
    return storeFor({ store }).root
  } catch (error) {
    if (store !== undefined || !(error instanceof Refusal)) throw error
    return resolve('.llmpipe')
  }
}

function storeState(folder: string): Examination['store'] {
  const exists = existsSync(folder)
  let there = folder
  while (!existsSync(there)) there = dirname(there)
  const free = freeBytes(there)
  return {
    folder: relative('', folder) || '.',
    exists,
    writable: isWritable(there),
    free: Number.isFinite(free) ? free : null,
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
