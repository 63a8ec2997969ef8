/** Finds the files of a model in a folder. */

import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import { sentencePieceFiles } from '../../text/sentencepiece/names.ts'
import { parsed } from './json-file.ts'

export interface FolderFiles {
  readonly config: string
  readonly tokenizer: string
  /** Sorted by name. */
  readonly weights: readonly string[]
  /** Names of .safetensors files that are neither the model's nor an adapter's. */
  readonly ignored: readonly string[]
}

const whole = 'model.safetensors'
const index = 'model.safetensors.index.json'

/** The paths of the files in a folder, sorted. */
export function pathsIn(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
}

/**
 * Finds the files of a model among `paths`, as transformers does: `model.safetensors`, or the files that its index names, or, without
 * either, all .safetensors files except those of adapters. Throws a StageError if a file is missing.
 */
export function filesOfModel(paths: readonly string[]): FolderFiles {
  const find = (name: string) => paths.find((path) => basename(path) === name)
  const tensors = paths.filter((path) => path.endsWith('.safetensors') && !isAdapter(path))
  const [config, only, list] = [find('config.json'), find(whole), find(index)]
  const tokenizer = ['tokenizer.json', ...sentencePieceFiles].map(find).find((path) => path !== undefined)
  if (config === undefined || tensors.length === 0 || tokenizer === undefined) {
    const lacks = config === undefined ? 'config.json' : tensors.length === 0 ? '.safetensors file' : 'tokenizer.json'
    throw new StageError('no-weights', `the folder has no ${lacks}`, helpFor(lacks, paths))
  }
  const weights = only === undefined ? (list === undefined ? tensors : listed(list, find)) : [only]
  const ignored = tensors.filter((path) => !weights.includes(path)).map((path) => basename(path))
  return { config, tokenizer, weights, ignored }
}

function isAdapter(path: string): boolean {
  return /^adapter_model.*\.safetensors$/.test(basename(path))
}

function listed(list: string, find: (name: string) => string | undefined): string[] {
  const map = parsed(list).weight_map
  if (typeof map !== 'object' || map === null || Array.isArray(map))
    throw new StageError('damaged-weights', `${index} has no weight_map`, 'Get the file again.')
  return [...new Set(Object.values(map))].sort().map((name) => {
    const path = typeof name === 'string' ? find(name) : undefined
    if (path !== undefined) return path
    throw new StageError(
      'damaged-weights',
      `${index} names ${JSON.stringify(name)}, which is not in the folder`,
      'Get the whole folder again.',
    )
  })
}

function helpFor(lacks: string, paths: readonly string[]): string {
  const has = (pattern: RegExp) => paths.some((path) => pattern.test(basename(path)))
  if (lacks !== 'tokenizer.json' && has(/^adapter_(config\.json|model.*\.safetensors)$/))
    return 'It is a folder of an adapter. Name the folder of its model, and this one as `adapter:`.'
  const gguf = paths.map((path) => basename(path)).find((name) => /\.gguf$/i.test(name))
  if (gguf !== undefined) return `It has ${gguf}: name that file instead of its folder.`
  if (lacks === '.safetensors file' && has(/\.(bin|pt|pth)$/))
    return 'Its weights are in another format. Load it with transformers, then: `model.save_pretrained(folder)`.'
  if (lacks === 'tokenizer.json' && has(/^(vocab\.json|merges\.txt)$/))
    return 'Its tokenizer is in another format. transformers writes it: `AutoTokenizer.from_pretrained(folder).save_pretrained(folder)`.'
  return 'transformers writes it: `model.save_pretrained(folder)` and `tokenizer.save_pretrained(folder)`.'
}
