/**
 * The settings that a folder of Hugging Face had besides its weights and its tokenizer. They stay with the weights through every training,
 * so that an export returns everything that did not change.
 */

import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '../../core/values/json.ts'
import type { FloatType } from '../weights/safetensors-dtypes.ts'
import { parsed } from './json-file.ts'

export interface Origin {
  /** The texts of its JSON files and of its chat template, by file name. */
  readonly files: Readonly<Record<string, string>>
  /** The number format of most tensors. */
  readonly dtype: FloatType
  /** The formats of the other tensors, by their names in the folder. */
  readonly dtypes: Readonly<Record<string, FloatType>>
}

/** The name of the file in a folder of weights. */
export const originFile = 'origin.json'

/** The files whose contents are kept. */
export const keptFiles = [
  'config.json',
  'generation_config.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'chat_template.jinja',
] as const

export function saveOrigin(folder: string, origin: Origin): void {
  writeFileSync(join(folder, originFile), `${JSON.stringify(origin, null, 1)}\n`)
}

/** The origin of the weights in a folder; `undefined` if they came from no folder of Hugging Face. */
export function loadOrigin(folder: string): Origin | undefined {
  const path = join(folder, originFile)
  return existsSync(path) ? (parsed(path) as unknown as Origin) : undefined
}

/** A JSON file of the origin; `undefined` if the folder did not have it. */
export function originJson(origin: Origin | undefined, name: (typeof keptFiles)[number]): JsonObject | undefined {
  const text = origin?.files[name]
  return text === undefined ? undefined : (JSON.parse(text) as JsonObject)
}

/** The number format of most tensors, and those of the others. */
export function typesOf(types: ReadonlyMap<string, FloatType>): Pick<Origin, 'dtype' | 'dtypes'> {
  const counts = new Map<FloatType, number>()
  for (const type of types.values()) counts.set(type, (counts.get(type) ?? 0) + 1)
  const dtype = [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 'F32'
  return { dtype, dtypes: Object.fromEntries([...types].filter(([, type]) => type !== dtype)) }
}
