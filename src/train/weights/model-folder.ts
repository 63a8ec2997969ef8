/** Reads a trained model from a folder that llmpipe or Hugging Face saved, from one of an adapter, or from a GGUF file. */

import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { Tensor } from '../../engine/engine.ts'
import { loraNames } from '../../model/training/lora.ts'
import { loadTemplate, templateIn } from '../../text/chat/saved.ts'
import type { ChatTemplate } from '../../text/chat/template.ts'
import { loadTokenizer, loadTokenizerFiles, readTokenizer } from '../../text/load.ts'
import type { Tokenizer } from '../../text/tokenizer.ts'
import { readGguf } from '../gguf/read.ts'
import { filesOfModel, pathsIn } from '../hugging-face/folder-files.ts'
import { parsed } from '../hugging-face/json-file.ts'
import type { Architecture } from '../hugging-face/layout.ts'
import { keptFiles, loadOrigin, type Origin, originJson } from '../hugging-face/origin.ts'
import { checkFinite, describeModel, type ReadWeights, readHuggingFace } from '../hugging-face/read.ts'
import { checkTokenIds } from '../hugging-face/token-ids.ts'
import { endsAmong, endsOf } from './ends.ts'
import { adapterFiles, loadAdapter, mergeAdapter } from './lora.ts'
import { flatten, views } from './parameters.ts'
import { type LoadedWeights, loadWeights } from './weights.ts'

export interface ReadModel extends Omit<ReadWeights, 'types'> {
  readonly tokenizer: Tokenizer
  /** `undefined` if the weights came from no folder of Hugging Face. */
  readonly origin: Origin | undefined
}

/**
 * Reads a model by the paths of the files of its folder, or by that of a GGUF file, and adds the low-rank adapters in the
 * folders `adapters` to its weights. Throws a StageError if files are missing or corrupt, or if llmpipe does not support the model.
 */
export async function readModel(
  paths: readonly string[],
  architecture: Architecture,
  adapters: readonly string[] = [],
): Promise<ReadModel> {
  const [only] = paths
  const read = paths.some((path) => basename(path) === 'model.json')
    ? readOwn(dirname(paths[0]!))
    : paths.length === 1 && isGguf(only!)
      ? await readGgufModel(only!, architecture)
      : await readTheirs(paths, architecture)
  return adapters.length === 0 ? read : merged(read, adapters)
}

/** Whether a path names a GGUF file. */
export function isGguf(path: string): boolean {
  return path.toLowerCase().endsWith('.gguf')
}

async function readGgufModel(path: string, architecture: Architecture): Promise<ReadModel> {
  const { types, files, ...read } = await readGguf(path, architecture)
  const config = JSON.stringify(JSON.parse(files['tokenizer_config.json']!), null, 2)
  const tokenizer = readTokenizer(read.tokenizer, config, read.vocab)
  checkVocabulary(tokenizer, read.vocab)
  return { ...read, tokenizer, origin: { files, ...types } }
}

/** Reads a folder that llmpipe saved; an adapter in the folder is merged. */
function readOwn(folder: string): ReadModel {
  const { model, tensors } = loadWeights(folder)
  for (const [name, { data }] of Object.entries(tensors)) checkFinite(name, data as Float32Array)
  const tokenizer = loadTokenizer(folder)
  const vocab = typeof model.vocab === 'number' ? model.vocab : tokenizer.size
  checkVocabulary(tokenizer, vocab)
  return { model, vocab, tokenizer, ...flatten(model, tensors, vocab), notes: [], origin: loadOrigin(folder) }
}

async function readTheirs(paths: readonly string[], architecture: Architecture): Promise<ReadModel> {
  const files = filesOfModel(paths)
  const find = (name: string) => paths.find((path) => basename(path) === name)
  const config = find('tokenizer_config.json')
  // The tokenizer has an id for every row of the model's table, though some ids may stand for nothing.
  const tokenizerOf = (size?: number) => loadTokenizerFiles(files.tokenizer, config, basename(files.tokenizer), size)
  // The small files are checked first, before gigabytes of weights are read.
  const { layout, vocab } = describeModel(files.config)
  const ignoredIds = ['config.json', 'generation_config.json'].flatMap((name) => {
    const path = find(name)
    return path === undefined ? [] : checkTokenIds(name, parsed(path), vocab, layout.modelType)
  })
  const expected = tokenizerOf(vocab < 2 ** 24 ? vocab : undefined)
  const { types, ...read } = await readHuggingFace(files.config, files.weights, architecture)
  const tokenizer = expected.size === read.vocab ? expected : tokenizerOf(read.vocab)
  checkVocabulary(tokenizer, read.vocab)
  const texts = keptFiles.flatMap((name) => {
    const path = find(name)
    if (path === undefined) return []
    if (name.endsWith('.json')) parsed(path)
    return [[name, readFileSync(path, 'utf8')] as const]
  })
  const origin = { files: Object.fromEntries(texts), ...types }
  const notes = files.ignored.map((name) => `${name} is not one of the files of the model: it was left out`)
  const whole = { ...read, tokenizer, origin, notes: [...read.notes, ...ignoredIds, ...notes] }
  const beside = find(adapterFiles.tensors)
  if (beside === undefined) return whole
  const both = merged(whole, [dirname(beside)])
  return { ...both, notes: [...both.notes, 'the adapter that lies beside the weights is added to them'] }
}

/** The model with the adapters in `folders` added to its weights, one after the other. */
function merged(read: ReadModel, folders: readonly string[]): ReadModel {
  let tensors: Readonly<Record<string, Tensor>> = views(read.slots, read.parameters)
  const changed = new Set<string>()
  for (const folder of folders) {
    const adapter = loadAdapter(folder, read.model)
    if (adapter === undefined)
      throw new StageError(
        'no-weights',
        `the folder of the adapter has no ${adapterFiles.tensors}`,
        'PEFT writes it: `model.save_pretrained(folder)`.',
      )
    for (const [name, { data }] of Object.entries(adapter.tensors)) checkFinite(name, data)
    const replaced = Object.keys(adapter.bases ?? {}).find((name) => changed.has(name))
    if (replaced !== undefined)
      throw new StageError(
        'unsupported-weights',
        `${basename(folder)} has a ${replaced} of its own, which another adapter changes too`,
        'Add one of them, or average the weights with each: `average(weights(…, adapter: …), …)`.',
      )
    tensors = mergeAdapter(tensors, adapter)
    for (const { name } of read.slots) if (loraNames(name).a in adapter.tensors) changed.add(name)
  }
  return { ...read, ...flatten(read.model, tensors, read.vocab) }
}

function checkVocabulary(tokenizer: Tokenizer, vocab: number): void {
  if (tokenizer.size === vocab) return
  throw new StageError(
    'damaged-weights',
    `the tokenizer has ${tokenizer.size} ids, and the model knows ${vocab}`,
    'They do not belong to the same model.',
  )
}

export interface OpenModel extends LoadedWeights {
  readonly tokenizer: Tokenizer
  readonly template: ChatTemplate | undefined
  /** The ids that end a text or a turn. */
  readonly ends: readonly number[]
  /** For people: tensors, names and files that were not read as they are. */
  readonly notes: readonly string[]
}

/** Opens the model in a folder or in a GGUF file, with its chat template. The folder of an adapter names the folder of its model. */
export async function openModel(folder: string, architecture: Architecture): Promise<OpenModel> {
  if (isGguf(folder) && statSync(folder).isFile()) return openGguf(folder, architecture)
  const template = loadTemplate(folder)
  if (existsSync(join(folder, 'model.json'))) {
    const tokenizer = loadTokenizer(folder)
    const ends = endsOf(folder, tokenizer, template && tokenizer.special.get(template.end))
    return { ...loadWeights(folder), tokenizer, template, ends, notes: [] }
  }
  const isAdapter = existsSync(join(folder, adapterFiles.config)) && !existsSync(join(folder, 'config.json'))
  const base = isAdapter ? baseOf(folder) : folder
  const read = await readModel(pathsIn(base), architecture, isAdapter ? [folder] : [])
  const { model, tokenizer, slots, parameters, notes } = read
  const own = template ?? loadTemplate(base)
  const endOfTurn = own && tokenizer.special.get(own.end)
  const theirs = ['generation_config.json', 'config.json'].map((name) => {
    const path = join(base, name)
    return existsSync(path) ? parsed(path).eos_token_id : undefined
  })
  const ends = endsAmong(theirs, tokenizer, endOfTurn)
  return { model, tensors: views(slots, parameters), tokenizer, template: own, ends, notes }
}

async function openGguf(path: string, architecture: Architecture): Promise<OpenModel> {
  const { model, tokenizer, slots, parameters, notes, origin } = await readGgufModel(path, architecture)
  const template = templateIn(originJson(origin, 'tokenizer_config.json') ?? {}, [...tokenizer.special.keys()])
  const theirs = originJson(origin, 'generation_config.json')?.eos_token_id
  const ends = endsAmong([theirs], tokenizer, template && tokenizer.special.get(template.end))
  return { model, tensors: views(slots, parameters), tokenizer, template, ends, notes }
}

/** The folder of the model that an adapter was learned on. */
function baseOf(folder: string): string {
  const name = parsed(join(folder, adapterFiles.config)).base_model_name_or_path
  const places = typeof name === 'string' ? [resolve(name), resolve(folder, name)] : []
  const base = places.find((place) => existsSync(join(place, 'config.json')))
  if (base !== undefined) return base
  throw new StageError(
    'no-weights',
    `${folder} holds an adapter, and not the model that it was learned on${typeof name === 'string' ? `: ${name} is not a folder here` : ''}`,
    'In a program: `weights("models/base", adapter: "FOLDER")`.',
  )
}
