/** Low-rank adapters: merged into the matrices that they adapt, or saved beside them. */

import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { Tensor } from '../../engine/engine.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { loraNames } from '../../model/training/lora.ts'
import { parsed } from '../hugging-face/json-file.ts'
import { loadOrigin, originJson } from '../hugging-face/origin.ts'
import { fromPeft, isPeft, toPeft } from '../hugging-face/peft.ts'
import { readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.ts'

export interface Adapter {
  readonly rank: number
  readonly alpha: number
  readonly targets: readonly string[]
  /** By the names of loraNames. */
  readonly tensors: Readonly<Record<string, StoredTensor>>
}

export interface LoadedAdapter extends Pick<Adapter, 'targets' | 'tensors'> {
  /** For each adapted weight, the factor of the product B·A. */
  readonly scales: Readonly<Record<string, number>>
  /** Weights that were saved with the adapter, which was learned beside them. */
  readonly bases?: Readonly<Record<string, StoredTensor>>
}

/** The weights, with each adapted W replaced by W + scale·B·A; the scale is alpha / rank or given. Other weights are shared, not copied. */
export function mergeAdapter(
  weights: Readonly<Record<string, Tensor>>,
  adapter: Pick<Adapter, 'rank' | 'alpha' | 'tensors'> | LoadedAdapter,
): Record<string, Tensor> {
  const { tensors } = adapter
  const merged = Object.entries(weights).map(([name, weight]): [string, Tensor] => {
    const { a, b } = loraNames(name)
    const [down, up] = [tensors[a], tensors[b]]
    if (down === undefined || up === undefined) return [name, weight]
    const scale = 'scales' in adapter ? adapter.scales[name]! : adapter.alpha / adapter.rank
    const rank = down.shape[0]!
    const [out = 0, from = 0] = weight.shape
    const own = 'bases' in adapter ? adapter.bases?.[name] : undefined
    const data = Float32Array.from(own?.data ?? weight.data)
    for (let i = 0; i < out; i++)
      for (let k = 0; k < rank; k++) {
        const factor = scale * up.data[i * rank + k]!
        for (let j = 0; j < from; j++) data[i * from + j]! += factor * down.data[k * from + j]!
      }
    return [name, { dtype: 'float32', shape: weight.shape, data }]
  })
  return Object.fromEntries(merged)
}

/**
 * Two adapters as one: with it, the weights compute what they do with the first merged and the second beside them. Its rank is the sum of the
 * ranks: matrices A are stacked, matrices B stand side by side and have their scales in them. Rows of zeros fill what one adapter lacks.
 */
export function stackedAdapters(first: LoadedAdapter, second: Adapter): Adapter {
  const names = [...new Set([first, second].flatMap(({ tensors }) => Object.keys(tensors)))]
  const stems = names.flatMap((name) =>
    name.endsWith('.lora_A.weight') ? [name.slice(0, -'.lora_A.weight'.length)] : [],
  )
  const rankOf = ({ tensors }: Pick<Adapter, 'tensors'>, stem: string) =>
    tensors[`${stem}.lora_A.weight`]?.shape[0] ?? 0
  const before = Math.max(...stems.map((stem) => rankOf(first, stem)))
  const rank = before + second.rank
  const tensors: Record<string, StoredTensor> = {}
  for (const stem of stems) {
    const { a, b } = { a: `${stem}.lora_A.weight`, b: `${stem}.lora_B.weight` }
    const from = (first.tensors[a] ?? second.tensors[a])!.shape[1]!
    const out = (first.tensors[b] ?? second.tensors[b])!.shape[0]!
    const down = new Float32Array(rank * from)
    const up = new Float32Array(out * rank)
    const add = ({ tensors: own }: Pick<Adapter, 'tensors'>, scale: number, row: number) => {
      const [A, B] = [own[a], own[b]]
      if (A === undefined || B === undefined) return
      down.set(A.data, row * from)
      const width = A.shape[0]!
      for (let i = 0; i < out; i++)
        for (let k = 0; k < width; k++) up[i * rank + row + k] = scale * B.data[i * width + k]!
    }
    add(first, first.scales[`${stem}.weight`] ?? first.scales[stem] ?? 0, 0)
    add(second, second.alpha / second.rank, before)
    tensors[a] = { shape: [rank, from], data: down }
    tensors[b] = { shape: [out, rank], data: up }
  }
  return { rank, alpha: rank, targets: [...new Set([...first.targets, ...second.targets])], tensors }
}

/** The names of an adapter's files. */
export const adapterFiles = { tensors: 'adapter_model.safetensors', config: 'adapter_config.json' } as const

/**
 * Writes an adapter of `model` beside its weights in a folder, in the form of PEFT; under our names for architectures that transformers
 * does not have.
 */
export function saveAdapter(folder: string, adapter: Adapter, model: ModelSpec): void {
  const { rank, alpha, targets } = adapter
  const base = originJson(loadOrigin(folder), 'config.json')?._name_or_path
  const peft = toPeft(adapter, model, typeof base === 'string' && base !== '' ? base : undefined)
  const config = peft?.config ?? { peft_type: 'LORA', r: rank, lora_alpha: alpha, target_modules: [...targets] }
  const sorted = Object.entries(peft?.tensors ?? adapter.tensors).sort(([a], [b]) => (a < b ? -1 : 1))
  writeSafetensors(join(folder, adapterFiles.tensors), Object.fromEntries(sorted))
  writeFileSync(join(folder, adapterFiles.config), `${JSON.stringify(config, null, 1)}\n`)
}

/** The adapter in a folder, ours or PEFT's, for `model`; `undefined` if the folder has none. Throws a StageError if it is of another model. */
export function loadAdapter(folder: string, model: ModelSpec): LoadedAdapter | undefined {
  if (!existsSync(join(folder, adapterFiles.tensors))) return undefined
  if (!existsSync(join(folder, adapterFiles.config)))
    throw new StageError(
      'no-weights',
      `there is an ${adapterFiles.tensors} without its ${adapterFiles.config}`,
      'PEFT writes both: `model.save_pretrained(folder)`.',
    )
  const config = parsed(join(folder, adapterFiles.config))
  const { tensors } = readSafetensors(join(folder, adapterFiles.tensors))
  if (isPeft(tensors)) return fromPeft({ config, tensors }, model)
  const scale = Number(config.lora_alpha) / Number(config.r)
  const scales = Object.fromEntries(model.graph.weights.map(({ name }) => [name, scale]))
  return { tensors, scales, targets: config.target_modules as readonly string[] }
}
