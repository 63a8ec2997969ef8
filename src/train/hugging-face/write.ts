/** Weights as a folder that Hugging Face's `transformers` loads. */

import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import { canonical, type Json, type JsonObject } from '../../core/json.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { loadTemplate } from '../../text/chat/template.ts'
import { loadTokenizer } from '../../text/load.ts'
import { type StoredTensor, writeSafetensors } from '../safetensors.ts'
import { loadWeights } from '../weights.ts'
import { type Architecture, type Layout, layouts, type Sizes, type TheirTensor } from './layouts.ts'

/**
 * Writes config.json, generation_config.json, model.safetensors and the tokenizer with its chat template. A StageError where the
 * model computes anything else than an architecture that `transformers` knows: names alone are not trusted, the graphs are compared.
 */
export async function writeHuggingFace(folder: string, out: string, architecture: Architecture): Promise<Layout> {
  const { model, tensors } = loadWeights(folder)
  const layout = await layoutOf(model, architecture)
  const sizes = { ...(await standard(model, layout, architecture)).$arguments } as Sizes
  const stored: Record<string, StoredTensor> = {}
  for (const their of layout.tensors(sizes)) stored[their.name] = theirs(their, tensors as Record<string, StoredTensor>)
  writeSafetensors(join(out, 'model.safetensors'), stored)

  const tokenizer = loadTokenizer(folder)
  const template = loadTemplate(folder)
  const endOfText = tokenizer.endOfText ?? null
  const endOfTurn = template && tokenizer.special.get(template.end)
  const ends = [endOfTurn, tokenizer.endOfText].filter((id) => id !== undefined)
  const ids = { bos_token_id: endOfText, pad_token_id: endOfText }
  const json = (name: string, value: JsonObject) =>
    writeFileSync(join(out, name), `${JSON.stringify(value, null, 2)}\n`)
  json('config.json', {
    architectures: [layout.className],
    model_type: layout.modelType,
    vocab_size: stored[layout.tensors(sizes)[0]!.name]!.shape[0]!,
    ...layout.config(sizes),
    torch_dtype: 'float32',
    use_cache: true,
    ...ids,
    eos_token_id: ends[0] ?? null,
  })
  json('generation_config.json', {
    ...ids,
    eos_token_id: [...new Set(ends)],
    do_sample: true,
    temperature: 0.8,
    top_k: 50,
  })
  copyFileSync(join(folder, 'tokenizer.json'), join(out, 'tokenizer.json'))
  const config = JSON.parse(readFileSync(join(folder, 'tokenizer_config.json'), 'utf8')) as JsonObject
  json('tokenizer_config.json', { ...config, model_max_length: model.context })
  const notes = join(folder, 'chat_template.jinja')
  if (existsSync(notes)) copyFileSync(notes, join(out, 'chat_template.jinja'))
  return layout
}

async function layoutOf(model: ModelSpec, architecture: Architecture): Promise<Layout> {
  const layout = layouts.find((each) => each.architecture === model.$name)
  if (layout !== undefined) {
    const same = await standard(model, layout, architecture).catch(() => undefined)
    if (same !== undefined && canonical(same.graph as unknown as Json) === canonical(model.graph as unknown as Json))
      return layout
  }
  const known = layouts.map((each) => each.architecture).join(' and ')
  throw new StageError(
    'unsupported-weights',
    `\`${model.$name}\` is an architecture of its own: transformers has no class that computes the same`,
    `As hf go the architectures ${known} of std.models, unchanged. Leave \`as hf\` out to get the weights as they are: safetensors, with the graph in model.json.`,
  )
}

/** The architecture of std.models that the model says it is. */
function standard(model: ModelSpec, layout: Layout, architecture: Architecture): Promise<ModelSpec> {
  return architecture(layout.architecture, {
    ...model.$arguments,
    vocab: typeof model.vocab === 'number' ? model.vocab : { symbol: 'vocab' },
  })
}

function theirs({ ours, transposed, zeros, name }: TheirTensor, tensors: Readonly<Record<string, StoredTensor>>) {
  const parts = ours.flatMap((each) => tensors[each] ?? [])
  if (parts.length === 0 && zeros !== undefined) return { shape: [zeros], data: new Float32Array(zeros) }
  if (parts.length !== ours.length) throw new Error(`the weights lack ${ours.join(' or ')}, which ${name} is made of`)
  const [first] = parts
  const rows = parts.reduce((sum, { shape }) => sum + shape[0]!, 0)
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0))
  let at = 0
  for (const part of parts) {
    data.set(part.data, at)
    at += part.data.length
  }
  const joined = { shape: [rows, ...first!.shape.slice(1)], data }
  return transposed ? transpose(joined) : joined
}

/** [rows, columns] as [columns, rows]. */
export function transpose({ shape: [rows = 0, columns = 0], data }: StoredTensor): StoredTensor {
  const turned = new Float32Array(data.length)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) turned[column * rows + row] = data[row * columns + column]!
  return { shape: [columns, rows], data: turned }
}
