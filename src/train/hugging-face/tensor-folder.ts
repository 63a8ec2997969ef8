/** The tensors in all files of a folder, by their names in transformers, and the reasons why some have no place in a model. */

import { basename } from 'node:path'
import { StageError } from '../../core/failure.ts'
import { SafetensorsFile, type StoredTensor } from '../weights/safetensors.ts'
import type { TensorEntry } from '../weights/safetensors-header.ts'
import { headName, type Layout } from './layout.ts'

/** Tensors by their names in transformers. */
export interface TensorSource {
  /** The number of tensors. */
  readonly size: number
  /** For people: names that were changed. */
  readonly notes: readonly string[]
  /** The name of a tensor of a layout, with or without the layout's prefix; `undefined` if there is no such tensor. */
  find(name: string, layout: Layout): string | undefined
  entry(name: string): { readonly shape: readonly number[]; readonly dtype: string }
  /** Reads a tensor as float32. */
  read(name: string): StoredTensor
  /** The tensors outside `used`: buffers of the layout, which follow from config.json, and others. */
  unplaced(used: ReadonlySet<string>, layout: Layout): { buffers: string[]; others: string[] }
  close(): void
}

interface StoredPlace {
  readonly file: SafetensorsFile
  /** The name in the file. */
  readonly name: string
  readonly entry: TensorEntry
}

/** Prefixes that torch.compile, DistributedDataParallel, PEFT and TRL add to the names of a model that they wrap. */
const wrappers = ['_orig_mod.', 'module.', 'base_model.model.', 'pretrained_model.']

export class TensorFolder implements TensorSource {
  readonly #files: SafetensorsFile[] = []
  readonly #tensors = new Map<string, StoredPlace>()
  /** For people: the prefixes that were removed from names, and from how many. */
  readonly notes: readonly string[]

  /** Opens the files. Throws a StageError if one is corrupt, or if two hold a tensor of the same name. Close the folder after use. */
  constructor(paths: readonly string[]) {
    const stripped = new Map<string, number>()
    try {
      for (const path of paths) {
        const file = new SafetensorsFile(path)
        this.#files.push(file)
        for (const [name, entry] of file.entries) {
          const plain = withoutWrappers(name, stripped)
          if (this.#tensors.has(plain))
            throw new StageError(
              'damaged-weights',
              `the tensor ${plain} occurs twice, the second time in ${basename(path)}`,
              'Leave the files of one model in the folder.',
            )
          this.#tensors.set(plain, { file, name, entry })
        }
      }
    } catch (error) {
      this.close()
      throw error
    }
    this.notes = [...stripped].map(([wrapper, count]) => `${count} tensors are named without their \`${wrapper}\``)
  }

  get size(): number {
    return this.#tensors.size
  }

  /** The name of a tensor of a layout in the folder, with or without the layout's prefix; `undefined` if the folder does not have it. */
  find(name: string, { prefix }: Layout): string | undefined {
    if (this.#tensors.has(name)) return name
    const short = name.startsWith(prefix) ? name.slice(prefix.length) : name
    return this.#tensors.has(short) ? short : undefined
  }

  entry(name: string): TensorEntry {
    return this.#tensors.get(name)!.entry
  }

  /** Reads a tensor as float32. */
  read(name: string): StoredTensor {
    const place = this.#tensors.get(name)!
    return place.file.read(place.name)
  }

  /** The tensors outside `used`: buffers of the layout, which follow from config.json, and others. */
  unplaced(used: ReadonlySet<string>, { buffers, prefix }: Layout): { buffers: string[]; others: string[] } {
    const left = [...this.#tensors.keys()].filter((name) => !used.has(name))
    const isBuffer = (name: string) => buffers.test(name) || buffers.test(`${prefix}${name}`)
    return { buffers: left.filter(isBuffer), others: left.filter((name) => !isBuffer(name)) }
  }

  close(): void {
    for (const file of this.#files.splice(0)) file.close()
  }
}

function withoutWrappers(name: string, stripped: Map<string, number>): string {
  const without = (text: string, wrapper: string) => {
    stripped.set(wrapper, (stripped.get(wrapper) ?? 0) + 1)
    return text
  }
  let plain = name
  // torch.compile may wrap a part of a model: `model._orig_mod.layers.0`.
  if (plain.includes('_orig_mod.')) plain = without(plain.replaceAll('_orig_mod.', ''), '_orig_mod.')
  for (;;) {
    const wrapper = wrappers.find((each) => plain.startsWith(each))
    if (wrapper === undefined) return plain
    plain = without(plain.slice(wrapper.length), wrapper)
  }
}

/** The error for tensors that a model of the layout has no place for: without them it would be another model. */
export function noPlaceFor(names: readonly string[], { architecture }: Layout): StageError {
  const first = names.slice(0, 3).join(', ')
  const listed = names.length > 3 ? `${first} and ${names.length - 3} more` : first
  const [why, help] = reasonFor(names)
  return new StageError(
    'unsupported-weights',
    `the ${architecture} of std.models has no place for ${names.length === 1 ? 'the tensor' : 'the tensors'} ${listed}: ${why}`,
    help,
  )
}

function reasonFor(names: readonly string[]): readonly [why: string, help: string] {
  const anyMatches = (pattern: RegExp) => names.some((name) => pattern.test(name))
  if (anyMatches(/\blora_|\.base_layer\.|\bmodules_to_save\b/))
    return [
      'part of an adapter that is not merged',
      'Merge it before saving, `model.merge_and_unload()`; or give the folder of the adapter as `adapter:`.',
    ]
  if (anyMatches(/(^|\.)(v_head|score|classifier|qa_outputs|classification_head)\./))
    return ['part of a head that scores or classifies, which writes no text', 'Save the model as AutoModelForCausalLM.']
  if (anyMatches(/\.(absmax|quant_map|quant_state|qweight|qzeros|scales|g_idx|weight_scale|SCB)\b/))
    return ['part of quantized weights', 'Save them in float32, float16 or bfloat16.']
  if (anyMatches(/_(proj|norm)\.(bias|weight)$/))
    return [
      'config.json does not mention such tensors',
      'The architecture is not that of its model_type: leaving the tensors out would change what it computes.',
    ]
  return ['config.json does not mention such tensors', 'Leave the files of one model in the folder.']
}

/** The error for a tensor that is missing. */
export function missing(name: string, { className }: Layout, architectures: unknown): StageError {
  const [saved] = Array.isArray(architectures) ? architectures : []
  const bare = name === headName && typeof saved === 'string' && saved !== className
  return new StageError(
    'damaged-weights',
    `the tensor ${name} is missing${bare ? `: the folder holds a ${saved}, which does not write tokens` : ''}`,
    bare ? 'Save the model as AutoModelForCausalLM.' : 'Get the whole folder again.',
  )
}
