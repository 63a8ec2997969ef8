/** Adapters: merged into the matrices they adapt, and kept beside them. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tensor } from '../engine/engine.ts'
import { loraNames } from '../model/lora.ts'
import { readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.ts'

export interface Adapter {
  readonly rank: number
  readonly alpha: number
  readonly targets: readonly string[]
  /** By name, as loraNames has them. */
  readonly tensors: Readonly<Record<string, StoredTensor>>
}

/** The weights with W + (alpha / rank)·B·A in place of each adapted W; the others are shared. */
export function mergeAdapter(
  weights: Readonly<Record<string, Tensor>>,
  { rank, alpha, tensors }: Omit<Adapter, 'targets'>,
): Record<string, Tensor> {
  const merged = Object.entries(weights).map(([name, weight]): [string, Tensor] => {
    const { a, b } = loraNames(name)
    const [down, up] = [tensors[a], tensors[b]]
    if (down === undefined || up === undefined) return [name, weight]
    const [out = 0, from = 0] = weight.shape
    const data = Float32Array.from(weight.data)
    for (let i = 0; i < out; i++)
      for (let k = 0; k < rank; k++) {
        const factor = (alpha / rank) * up.data[i * rank + k]!
        for (let j = 0; j < from; j++) data[i * from + j]! += factor * down.data[k * from + j]!
      }
    return [name, { dtype: 'float32', shape: weight.shape, data }]
  })
  return Object.fromEntries(merged)
}

const files = { tensors: 'adapter_model.safetensors', config: 'adapter_config.json' } as const

/** Writes an adapter beside the weights in a folder, its settings by the names of PEFT. */
export function saveAdapter(folder: string, { rank, alpha, targets, tensors }: Adapter): void {
  const sorted = Object.entries(tensors).sort(([a], [b]) => (a < b ? -1 : 1))
  writeSafetensors(join(folder, files.tensors), Object.fromEntries(sorted))
  const config = { peft_type: 'LORA', r: rank, lora_alpha: alpha, target_modules: targets }
  writeFileSync(join(folder, files.config), `${JSON.stringify(config, null, 1)}\n`)
}

/** The adapter beside the weights in a folder; nothing where there is none. */
export function loadAdapter(folder: string): Adapter | undefined {
  if (!existsSync(join(folder, files.tensors))) return undefined
  const config = JSON.parse(readFileSync(join(folder, files.config), 'utf8')) as {
    readonly r: number
    readonly lora_alpha: number
    readonly target_modules: readonly string[]
  }
  const { tensors } = readSafetensors(join(folder, files.tensors))
  return { rank: config.r, alpha: config.lora_alpha, targets: config.target_modules, tensors }
}
