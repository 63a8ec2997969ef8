/** Adapters in the layout of Hugging Face's PEFT: names of modules, and settings. */

import { StageError } from '../../core/failure.ts'
import type { Json, JsonObject } from '../../core/values/json.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { loraNames } from '../../model/training/lora.ts'
import type { Adapter, LoadedAdapter } from '../weights/lora.ts'
import type { StoredTensor } from '../weights/safetensors.ts'
import type { Sizes, TheirTensor } from './layout.ts'
import { layouts } from './layouts.ts'

const prefix = 'base_model.model.'

/** A module of transformers that can have an adapter. */
interface Module extends TheirTensor {
  /** `model.layers.3.self_attn.q_proj`. */
  readonly module: string
}

/** The modules of a model; `undefined` if transformers has no class for the model. */
function modulesOf({ $name, $arguments }: ModelSpec): readonly Module[] | undefined {
  const layout = layouts.find(({ architecture }) => architecture === $name)
  const tensors = layout?.tensors($arguments as Sizes)
  return tensors
    ?.filter(({ name }) => name.endsWith('.weight'))
    .map((tensor) => ({ ...tensor, module: tensor.name.slice(0, -'.weight'.length) }))
}

export interface PeftAdapter {
  readonly config: JsonObject
  readonly tensors: Readonly<Record<string, StoredTensor>>
}

/**
 * An adapter in the form of PEFT; `undefined` if transformers does not have the model, or a matrix that is adapted. If a matrix of
 * transformers is several of ours (`c_attn` of GPT-2), the rank of its adapter is the sum of our ranks: our A matrices are stacked, our B
 * matrices are blocks.
 */
export function toPeft(adapter: Adapter, model: ModelSpec, base: string | undefined): PeftAdapter | undefined {
  const modules = modulesOf(model)
  if (modules === undefined) return undefined
  const adapted = modules.filter(({ ours }) => ours.some((name) => loraNames(name).a in adapter.tensors))
  const placed = adapted.flatMap(({ ours }) => ours).filter((name) => loraNames(name).a in adapter.tensors)
  if (placed.length * 2 !== Object.keys(adapter.tensors).length) return undefined
  const tensors: Record<string, StoredTensor> = {}
  const ranks = new Map<Module, number>()
  for (const each of adapted) {
    const { a, b } = joined(each, adapter, model)
    tensors[`${prefix}${each.module}.lora_A.weight`] = a
    tensors[`${prefix}${each.module}.lora_B.weight`] = b
    ranks.set(each, a.shape[0]!)
  }
  const named = suffixes(adapted, modules)
  const wider = adapted.filter((each) => ranks.get(each) !== adapter.rank)
  // alpha / rank is the same for all modules.
  const pattern = (of: (each: Module) => number) =>
    Object.fromEntries(wider.map((each): [string, number] => [named.get(each)!, of(each)]))
  return {
    config: {
      peft_type: 'LORA',
      task_type: 'CAUSAL_LM',
      base_model_name_or_path: base ?? null,
      inference_mode: true,
      r: adapter.rank,
      lora_alpha: adapter.alpha,
      lora_dropout: 0,
      bias: 'none',
      fan_in_fan_out: adapted.some(({ transposed }) => transposed === true),
      init_lora_weights: true,
      use_rslora: false,
      use_dora: false,
      modules_to_save: null,
      target_modules: [...new Set(named.values())].sort(),
      rank_pattern: pattern((each) => ranks.get(each)!),
      alpha_pattern: pattern((each) => (adapter.alpha * ranks.get(each)!) / adapter.rank),
    },
    tensors,
  }
}

/** Joins the adapters of our parts of a matrix of transformers. */
function joined({ ours }: Module, { tensors }: Adapter, model: ModelSpec): { a: StoredTensor; b: StoredTensor } {
  const parts = ours.map((name) => {
    const { a, b } = loraNames(name)
    const rows = model.graph.weights.find((weight) => weight.name === name)!.shape[0] as number
    return { a: tensors[a], b: tensors[b], rows }
  })
  const only = parts.length === 1 ? parts[0] : undefined
  if (only?.a && only.b) return { a: only.a, b: only.b }
  const rank = parts.reduce((sum, { a }) => sum + (a?.shape[0] ?? 0), 0)
  const out = parts.reduce((sum, { rows }) => sum + rows, 0)
  const from = parts.find(({ a }) => a !== undefined)!.a!.shape[1]!
  const a = new Float32Array(rank * from)
  const b = new Float32Array(out * rank)
  let [row, column] = [0, 0]
  for (const part of parts) {
    if (part.a && part.b) {
      const own = part.a.shape[0]!
      a.set(part.a.data, column * from)
      for (let i = 0; i < part.rows; i++) b.set(part.b.data.subarray(i * own, (i + 1) * own), (row + i) * rank + column)
      column += own
    }
    row += part.rows
  }
  return { a: { shape: [rank, from], data: a }, b: { shape: [out, rank], data: b } }
}

/** For each adapted module, the shortest suffix of its name that no other module has. */
function suffixes(adapted: readonly Module[], all: readonly Module[]): ReadonlyMap<Module, string> {
  const others = all.filter((each) => !adapted.includes(each))
  return new Map(
    adapted.map((each) => {
      const parts = each.module.split('.')
      const ends = parts.map((_, i) => parts.slice(parts.length - 1 - i).join('.'))
      const free = ends.find((end) => !others.some(({ module }) => module === end || module.endsWith(`.${end}`)))
      return [each, free ?? each.module]
    }),
  )
}

/** Whether tensors have the names of PEFT. */
export function isPeft(tensors: Readonly<Record<string, StoredTensor>>): boolean {
  return Object.keys(tensors).some((name) => name.startsWith(prefix))
}

/** An adapter that PEFT wrote, for `model`. Throws a StageError if it is of another kind, or of another model. */
export function fromPeft({ config, tensors }: PeftAdapter, model: ModelSpec): LoadedAdapter {
  checkKind(config)
  const modules = new Map(modulesOf(model)?.map((each) => [each.module, each]))
  const read: Record<string, StoredTensor> = {}
  const scales: Record<string, number> = {}
  const bases: Record<string, StoredTensor> = {}
  for (const name of Object.keys(tensors)) {
    const plain = name.replaceAll('_orig_mod.', '')
    const [, module = '', side] =
      /^base_model\.model\.(.+)\.(lora_[AB]|base_layer)(?:\.default)?\.weight$/.exec(plain) ?? []
    const found = modules.get(module)
    // If a table or a head is adapted, PEFT saves its weight with the adapter.
    const isBase = side === 'base_layer' && found?.ours.length === 1 && !found.transposed
    if (isBase && tensors[name]!.shape.join() === String(shapesOf(found, model, tensors[name]!.shape[0]!)[0])) {
      bases[found.ours[0]!] = tensors[name]!
      continue
    }
    if (found === undefined || side === 'base_layer' || !(name.replace('.lora_B', '.lora_A') in tensors))
      throw unsupported(
        `it has the tensor ${name}, and the ${model.$name} of these weights has no place for it`,
        'It was learned on another model.',
      )
    if (side === 'lora_B') continue
    const [a, b] = [tensors[name]!, tensors[name.replace('.lora_A', '.lora_B')]]
    const shapes = shapesOf(found, model, b?.shape[0] ?? 0)
    const rank = a.shape[0]!
    const [out, from] = [shapes.reduce((sum, [rows]) => sum + rows, 0), shapes[0]![1]]
    if (b === undefined || a.shape.join() !== `${rank},${from}` || b.shape.join() !== `${out},${rank}`)
      throw unsupported(
        `its matrices of ${module} are [${a.shape.join(', ')}] and [${b?.shape.join(', ') ?? ''}], and those of the weights would be [rank, ${from}] and [${out}, rank]`,
        'It was learned on another model.',
      )
    let row = 0
    for (const [i, weight] of found.ours.entries()) {
      const rows = shapes[i]![0]
      const names = loraNames(weight)
      read[names.a] = a
      read[names.b] = { shape: [rows, rank], data: b.data.subarray(row * rank, (row + rows) * rank) }
      scales[weight] = scaleOf(config, module, rank)
      row += rows
    }
  }
  if (Object.keys(read).length === 0) throw unsupported('it has no tensors', 'Get the whole folder again.')
  return { tensors: read, scales, bases, targets: targetsOf(config) }
}

function checkKind(config: JsonObject): void {
  const { peft_type: type = 'LORA', use_dora: dora, bias = 'none', modules_to_save: saved } = config
  if (type !== 'LORA') throw unsupported(`its peft_type is ${JSON.stringify(type)}`)
  if (dora === true) throw unsupported('it is DoRA (use_dora)')
  if (bias !== 'none') throw unsupported(`it changes biases (bias is ${JSON.stringify(bias)})`)
  if (config.task_type === 'SEQ_CLS')
    throw unsupported(
      'it is that of a classifier, such as a reward model (task_type is SEQ_CLS), and its head is not part of a language model',
      'Train a reward model here: `reward_model(start, on: rankings, lora: lora(merge: false))`.',
    )
  if (Array.isArray(saved) && saved.length > 0)
    throw unsupported(`it changes whole modules (modules_to_save: ${saved.join(', ')})`)
}

/** The rows and columns of our parts of a matrix of transformers. `vocab` replaces a size that the tokenizer decides. */
function shapesOf({ ours }: Module, { graph }: ModelSpec, vocab: number): (readonly [rows: number, columns: number])[] {
  return ours.map((name) => {
    const { shape } = graph.weights.find((weight) => weight.name === name)!
    const [rows, columns] = shape.map((size) => (typeof size === 'number' ? size : vocab))
    return [rows!, columns!]
  })
}

function scaleOf(config: JsonObject, module: string, rank: number): number {
  const alpha = patterned(config.alpha_pattern, module) ?? config.lora_alpha
  if (typeof alpha !== 'number' || !Number.isFinite(alpha))
    throw unsupported(`its lora_alpha is ${JSON.stringify(alpha)}, which is not a number`)
  return alpha / (config.use_rslora === true ? Math.sqrt(rank) : rank)
}

/** The value of the pattern that is a suffix of the module's name, as PEFT matches patterns. */
function patterned(patterns: Json | undefined, module: string): Json | undefined {
  const entries = Object.entries((patterns ?? {}) as JsonObject)
  return entries.find(([pattern]) => module === pattern || module.endsWith(`.${pattern}`))?.[1]
}

function targetsOf({ target_modules: targets }: JsonObject): string[] {
  return Array.isArray(targets) ? targets.map(String) : [String(targets ?? 'all its matrices')]
}

function unsupported(why: string, help = 'Merge it with PEFT: `model.merge_and_unload().save_pretrained(folder)`.') {
  return new StageError('unsupported-weights', `this adapter cannot be added to the weights: ${why}`, help)
}
