/** Reads a GGUF file, the format of llama.cpp, as a model of std.models with its tokenizer. */

import { basename } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { Json, JsonObject } from '../../core/values/json.ts'
import { tokenizerOf } from '../../text/gguf/read.ts'
import { type Architecture, headName } from '../hugging-face/layouts.ts'
import { type Described, describeConfig, type ReadWeights, readTensors } from '../hugging-face/read.ts'
import { checkTokenIds } from '../hugging-face/token-ids.ts'
import { GgufFile } from './file.ts'
import { type GgufLayout, ggufLayouts } from './names.ts'
import { GgufTensors } from './tensors.ts'

export interface ReadGguf extends ReadWeights {
  /** The text of its tokenizer.json. */
  readonly tokenizer: string
  /** The texts of the JSON files that a folder of this model would have. */
  readonly files: Readonly<Record<string, string>>
}

/**
 * Reads a file (F32, F16, BF16, Q8_0, Q4_0 or Q4_1) of the architectures llama and gpt2. Throws a StageError if it is another model, if the
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
  const sizeOf = (size: string) => file.metadata.get(`${layout.architecture}.${size}`)
  const experts = sizeOf('expert_count')
  if (typeof experts === 'number' && experts > 0)
    throw unsupported(name, `its layers are mixtures of ${experts} experts (expert_count)`)
  const [rows] = file.entries.get('token_embd.weight')?.shape ?? []
  if (rows === undefined)
    throw new StageError('damaged-weights', `${name}: the tensor token_embd.weight is missing`, 'Get the file again.')
  const tokens = tokenizerOf(file.metadata)
  const { eos_token_id: _, ...ids } = idsOf(file, tokens.ends)
  const scaling = sizeOf('rope.scaling.type')
  const isScaled = file.entries.has('rope_freqs.weight')
  const window = sizeOf('attention.sliding_window')
  const given = layout.config(sizeOf)
  const settings: Readonly<Record<string, Json | undefined>> = {
    model_type: typeof window === 'number' && window > 0 && layout.modelType === 'llama' ? 'mistral' : layout.modelType,
    vocab_size: rows,
    ...given,
    ...(typeof window === 'number' && window > 0 ? { sliding_window: window } : {}),
    ...(isScaled || (typeof scaling === 'string' && scaling !== 'none')
      ? { rope_scaling: { rope_type: isScaled ? 'llama3' : String(scaling) } }
      : {}),
    tie_word_embeddings: layout.modelType === 'gpt2' || !file.entries.has('output.weight'),
    torch_dtype: 'float32',
    ...ids,
    eos_token_id: tokens.ends[0] ?? null,
  }
  const config = Object.fromEntries(
    Object.entries(settings).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  )
  const described = describeConfig(config, name)
  return { described, layout, tokens, config: { architectures: [described.layout.className], ...config } }
}

function layoutOf({ metadata }: GgufFile, name: string): GgufLayout {
  const architecture = metadata.get('general.architecture')
  const layout = ggufLayouts.find((each) => each.architecture === architecture)
  if (layout !== undefined) return layout
  throw unsupported(name, `its general.architecture is ${JSON.stringify(architecture ?? null)}`)
}

function unsupported(name: string, why: string): StageError {
  const known = ggufLayouts.map((each) => each.architecture).join(' and ')
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
