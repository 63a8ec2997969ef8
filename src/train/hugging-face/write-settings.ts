/** Writes the JSON files of a folder for `transformers`: as they were imported if nothing changed, else from the model. */

import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json, JsonObject } from '../../core/values/json.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { loadTemplate } from '../../text/chat/saved.ts'
import type { ChatTemplate } from '../../text/chat/template.ts'
import { loadTokenizer } from '../../text/load.ts'
import { endsOf } from '../weights/ends.ts'
import type { FloatType } from '../weights/safetensors-dtypes.ts'
import type { Layout, Sizes } from './layout.ts'
import { type keptFiles, loadOrigin, type Origin, originJson } from './origin.ts'

type KeptFile = (typeof keptFiles)[number]

export interface Written {
  readonly layout: Layout
  readonly model: ModelSpec
  readonly sizes: Sizes
  /** The rows of the table of embeddings. */
  readonly vocab: number
  /** The format of most numbers. */
  readonly dtype: FloatType
}

const typeNames: Readonly<Record<FloatType, string>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' }

/** The name of a number format in a config.json. */
export function typeName(type: FloatType): string {
  return typeNames[type]
}

/** Writes config.json, generation_config.json and the settings of the tokenizer for the weights in `folder`. */
export function writeSettings(folder: string, out: string, written: Written): void {
  const origin = loadOrigin(folder)
  const template = loadTemplate(folder)
  const tokenizer = loadTokenizer(folder)
  const isTheirs = template?.jinja === templateOf(origin)
  const endOfTurn = template && tokenizer.special.get(template.end)
  const ends = endsOf(folder, tokenizer, endOfTurn)
  const write = (name: string, text: string) => writeFileSync(join(out, name), text)
  const json = (name: string, value: JsonObject) => write(name, `${JSON.stringify(value, null, 2)}\n`)
  /** Writes a file as it was imported, with the changes that differ. */
  const changed = (name: KeptFile, changes: JsonObject) => {
    const before = originJson(origin, name)!
    const differing = Object.entries(changes).filter(([key, value]) => !isSame(before[key], value))
    if (differing.length === 0) write(name, origin!.files[name]!)
    else json(name, { ...before, ...Object.fromEntries(differing) })
  }

  copyFileSync(join(folder, 'tokenizer.json'), join(out, 'tokenizer.json'))
  if (origin === undefined) {
    json('config.json', configOf(written, ends, tokenizer.endOfText))
    json('generation_config.json', { ...idsOf(tokenizer.endOfText), eos_token_id: ends })
    const config = JSON.parse(readFileSync(join(folder, 'tokenizer_config.json'), 'utf8')) as JsonObject
    json('tokenizer_config.json', { ...config, model_max_length: written.model.context })
    const alone = join(folder, 'chat_template.jinja')
    if (existsSync(alone)) copyFileSync(alone, join(out, 'chat_template.jinja'))
    return
  }

  // Only a chat template that was set here adds an end.
  const newEnds = isTheirs || template === undefined ? {} : { eos_token_id: ends }
  changed('config.json', {
    ...architectureOf(written.layout, originJson(origin, 'config.json')!),
    ...typeOf(written.dtype, originJson(origin, 'config.json')!),
    ...(isTheirs || endOfTurn === undefined ? {} : { eos_token_id: endOfTurn }),
  })
  if (origin.files['generation_config.json'] !== undefined) changed('generation_config.json', newEnds)
  else if ('eos_token_id' in newEnds) json('generation_config.json', newEnds)
  for (const name of ['special_tokens_map.json', 'added_tokens.json'] as const)
    if (origin.files[name] !== undefined) write(name, origin.files[name])
  if (origin.files['tokenizer_config.json'] === undefined)
    copyFileSync(join(folder, 'tokenizer_config.json'), join(out, 'tokenizer_config.json'))
  else if (isTheirs) write('tokenizer_config.json', origin.files['tokenizer_config.json'])
  else json('tokenizer_config.json', withTemplate(originJson(origin, 'tokenizer_config.json')!, template))
  if (isTheirs && origin.files['chat_template.jinja'] !== undefined)
    write('chat_template.jinja', origin.files['chat_template.jinja'])
}

/** The config.json of a model that was not imported. */
function configOf({ layout, sizes, vocab, dtype }: Written, ends: readonly number[], endOfText?: number): JsonObject {
  return {
    architectures: [layout.className],
    model_type: layout.modelType,
    vocab_size: vocab,
    ...layout.config(sizes),
    torch_dtype: typeName(dtype),
    use_cache: true,
    ...idsOf(endOfText),
    eos_token_id: ends[0] ?? null,
  }
}

/** The begin and padding ids of a model that was not imported: the end of text, since training texts follow one another. */
function idsOf(endOfText: number | undefined): JsonObject {
  return { bos_token_id: endOfText ?? null, pad_token_id: endOfText ?? null }
}

/** The class of config.json, if the folder was saved without the head. */
function architectureOf({ className }: Layout, { architectures }: JsonObject): JsonObject {
  return Array.isArray(architectures) && architectures[0] !== className ? { architectures: [className] } : {}
}

/** The number format of config.json, under the key that config.json has. */
function typeOf(dtype: FloatType, config: JsonObject): JsonObject {
  return Object.fromEntries(
    ['dtype', 'torch_dtype'].filter((name) => name in config).map((name) => [name, typeName(dtype)]),
  )
}

/** The chat template that weights were imported with. */
function templateOf(origin: Origin | undefined): string | undefined {
  const alone = origin?.files['chat_template.jinja']
  if (alone !== undefined) return alone
  const given = originJson(origin, 'tokenizer_config.json')?.chat_template
  if (!Array.isArray(given)) return typeof given === 'string' ? given : undefined
  const named = given as readonly { readonly name: string; readonly template: string }[]
  return (named.find(({ name }) => name === 'default') ?? named[0])?.template
}

/** A tokenizer_config.json with another chat template, or without one. */
function withTemplate(config: JsonObject, template: ChatTemplate | undefined): JsonObject {
  const { chat_template: _, ...rest } = config
  if (template === undefined) return rest
  return {
    ...rest,
    chat_template: template.jinja,
    chat_template_name: template.name,
    end_of_turn_token: template.end,
  }
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
