/** Reads a GGUF file, the format of llama.cpp, as a model of std.models with its tokenizer. */

import { basename } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { Json, JsonObject } from '../../core/values/json.ts'
import { tokenizerOf } from '../../text/gguf/read.ts'
import { type Architecture, headName } from '../hugging-face/layout.ts'
import { type Described, describeConfig, type ReadWeights, readTensors } from '../hugging-face/read.ts'
import { checkTokenIds } from '../hugging-face/token-ids.ts'
import { GgufFile } from './file.ts'
import type { GgufLayout } from './layout.ts'
import { ggufLayouts } from './layouts.ts'
import { scalingOf } from './scaling.ts'
import { GgufTensors } from './tensors.ts'

export interface ReadGguf extends ReadWeights {
  /** The text of its tokenizer.json. */
  readonly tokenizer: string
  /** The texts of the JSON files that a folder of this model would have. */
  readonly files: Readonly<Record<string, string>>
}

/**
 * Reads a file of the architectures that `ggufLayouts` lists. Throws a StageError if it is another model, if the
 * file is corrupt, or if a number is not finite.
 */
export async function readGguf(path: string, architecture: Architecture): Promise<ReadGguf> {
  const file = new GgufFile(path)
  try {
    const { described, layout, tokens, config } = describeFile(file, path)
    const { sizes, vocab } = described
    const names = [...described.layout.tensors(sizes).map(({ name }) => name), headName]
    const heads = { query: Number(sizes.heads), key: Number(sizes.kv_heads ?? sizes.heads) }
    const stored = new GgufTensors(file, layout, names, heads)
    const { notes, ...read } = await readTensors(stored, described, architecture)
    const ignored = checkTokenIds(basename(path), config, vocab, layout.modelType)
    const text = (json: JsonObject) => `${JSON.stringify(json, null, 2)}\n`
    const ids = idsOf(file, tokens.ends)
    return {
      ...read,
      notes: [...notes, ...ignored, ...tokens.notes],
      tokenizer: tokens.tokenizer,
      files: {
        'config.json': text(config),
        'generation_config.json': text(ids),
        'tokenizer_config.json': text(tokens.config),
      },
    }
  } finally {
    file.close()
  }
}

/** The model that a file describes, without its weights. Throws a StageError if llmpipe does not support the model. */
export function describeGguf(path: string): Described {
  const file = new GgufFile(path)
  try {
    return describeFile(file, path).described
  } finally {
    file.close()
  }
}

function describeFile(file: GgufFile, path: string) {
  const name = basename(path)
  const layout = layoutOf(file, name)
  const asked = new Set<string>()
  const sizeOf = (size: string) => {
    asked.add(size)
    return file.metadata.get(`${layout.architecture}.${size}`)
  }
  const experts = sizeOf('expert_count')
  if (typeof experts === 'number' && experts > 0 && layout.experts !== true)
    throw unsupported(name, `its layers are mixtures of ${experts} experts (expert_count)`)
  const [rows] = file.entries.get('token_embd.weight')?.shape ?? []
  if (rows === undefined)
    throw new StageError('damaged-weights', `${name}: the tensor token_embd.weight is missing`, 'Get the file again.')
  const tokens = tokenizerOf(file.metadata)
  const { eos_token_id: _, ...ids } = idsOf(file, tokens.ends)
  const window = sizeOf('attention.sliding_window')
  const hasTensor = (tensor: string) => file.entries.has(tensor)
  const numbersOf = (tensor: string) => (hasTensor(tensor) ? file.read(tensor).data : undefined)
  const given = layout.config({ sizeOf, hasTensor, numbersOf })
  const head = Number(given.head_dim ?? Number(given.hidden_size) / Number(given.num_attention_heads))
  const scaling = scalingOf({ sizeOf, hasTensor, numbersOf }, head, Number(given.rope_theta))
  const settings: Readonly<Record<string, Json | undefined>> = {
    model_type: typeof window === 'number' && window > 0 && layout.modelType === 'llama' ? 'mistral' : layout.modelType,
    vocab_size: rows,
    ...given,
    ...(typeof window === 'number' && window > 0 ? { sliding_window: window } : {}),
    ...(scaling === undefined ? {} : { rope_scaling: scaling }),
    tie_word_embeddings:
      ['gpt2', 'gemma2', 'gemma3_text'].includes(layout.modelType) || !file.entries.has('output.weight'),
    torch_dtype: 'float32',
    ...ids,
    eos_token_id: tokens.ends[0] ?? null,
  }
  const config = Object.fromEntries(
    Object.entries(settings).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  )
  checkSizes(file, layout, asked, name)
  const described = describeConfig(config, name)
  return { described, layout, tokens, config: { architectures: [described.layout.className], ...config } }
}

/** Sizes that do not change what a model computes, or follow from others. */
const neutral = ['vocab_size', 'rope.dimension_count', 'expert_used_count', 'tensor_data_layout']

/** Throws a StageError if the metadata has a size of the model that nothing asked for, or one that no model of std.models has. */
function checkSizes({ metadata }: GgufFile, layout: GgufLayout, asked: ReadonlySet<string>, name: string): void {
  const sizeOf = (size: string) => metadata.get(`${layout.architecture}.${size}`)
  const [keys, values] = [sizeOf('attention.key_length'), sizeOf('attention.value_length')]
  if (values !== undefined && values !== keys)
    throw unsupported(name, `its attention.value_length is ${values}, and its attention.key_length ${keys ?? 'absent'}`)
  const turned = sizeOf('rope.dimension_count')
  if (keys !== undefined && turned !== undefined && turned !== keys)
    throw unsupported(name, `it rotates ${turned} of the ${keys} numbers of a head (rope.dimension_count)`)
  // Of YaRN, llama.cpp has these defaults.
  const known = new Set([...asked, ...neutral, 'attention.value_length', 'rope.scaling.finetuned'])
  for (const [key, value] of metadata) {
    const size = key.startsWith(`${layout.architecture}.`) ? key.slice(layout.architecture.length + 1) : undefined
    if (size === undefined || known.has(size)) continue
    if (size === 'attention.causal' && value === true) continue
    throw unsupported(name, `llmpipe does not know its ${key}, which is ${JSON.stringify(value)?.slice(0, 60)}`)
  }
}

function layoutOf({ metadata }: GgufFile, name: string): GgufLayout {
  const architecture = metadata.get('general.architecture')
  const window = metadata.get(`${String(architecture)}.attention.sliding_window`)
  const isWindowed = typeof window === 'number' && window > 0
  const all = ggufLayouts.filter((each) => each.architecture === architecture)
  const layout = all.find((each) => (each.windowed ?? isWindowed) === isWindowed)
  if (layout !== undefined) return layout
  throw unsupported(name, `its general.architecture is ${JSON.stringify(architecture ?? null)}`)
}

function unsupported(name: string, why: string): StageError {
  const known = ggufLayouts.map((each) => each.architecture).join(', ')
  return new StageError(
    'unsupported-weights',
    `${name} describes a model that llmpipe does not support: ${why}`,
    `llmpipe reads GGUF files of the architectures ${known}, in the shapes of std.models.`,
  )
}

/** The ids that a generation_config.json has. */
function idsOf({ metadata }: GgufFile, ends: readonly number[]): JsonObject {
  const id = (name: string) => {
    const value = metadata.get(`tokenizer.ggml.${name}_token_id`)
    return typeof value === 'number' ? value : null
  }
  return {
    bos_token_id: id('bos'),
    pad_token_id: id('padding'),
    eos_token_id: ends.length > 1 ? [...ends] : (ends[0] ?? null),
  }
}
