/** Runs `weights`. */

import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { StageReport } from '../core/artefact.ts'
import { StageError } from '../core/failure.ts'
import type { Json } from '../core/json.ts'
import type { InputFile, StageRun } from '../core/kind.ts'
import { loadTemplate, saveTemplate } from '../text/chat/template.ts'
import { loadTokenizer, saveTokenizer } from '../text/load.ts'
import { fromTokenizerJson, type TokenizerConfig } from '../text/tokenizer-json.ts'
import { type ReadWeights, readHuggingFace } from '../train/hugging-face/read.ts'
import { flatten, parameterCount } from '../train/parameters.ts'
import { loadWeights, saveWeights } from '../train/weights.ts'
import type { StageServices } from './services.ts'

export async function run(stage: StageRun, services: StageServices): Promise<StageReport> {
  const files = stage.files.path ?? []
  const folder = onlyFolder(files)
  const find = (name: string) => files.find(({ path }) => basename(path) === name)?.path
  const tensors = files.filter(({ name }) => name.endsWith('.safetensors')).map(({ path }) => path)
  const [config, tokenizerFile] = [find('config.json'), find('tokenizer.json')]
  if (config === undefined || tensors.length === 0 || tokenizerFile === undefined)
    throw new StageError(
      'no-weights',
      `the folder has no ${config === undefined ? 'config.json' : tensors.length === 0 ? '.safetensors file' : 'tokenizer.json'}`,
      'transformers writes it: `model.save_pretrained(folder)` and `tokenizer.save_pretrained(folder)`.',
    )

  const read = find('model.json') ? own(folder) : await readHuggingFace(config, tensors, services.architecture)
  // The tokenizer has an id for every row of the model's table, though some may stand for nothing.
  const tokenizerConfig = find('tokenizer_config.json')
  const tokenizer = fromTokenizerJson(jsonOf(tokenizerFile), {
    ...(tokenizerConfig === undefined ? {} : (jsonOf(tokenizerConfig) as TokenizerConfig)),
    declared_vocab_size: read.vocab,
  })
  if (tokenizer.size !== read.vocab)
    throw new StageError(
      'damaged-weights',
      `the tokenizer has ${tokenizer.size} ids, and the model knows ${read.vocab}`,
      'They are not of one model.',
    )
  saveTokenizer(stage.work, tokenizer)
  const template = stage.params.chat ? loadTemplate(folder) : undefined
  if (stage.params.chat && template === undefined)
    throw new StageError('no-template', 'the folder has no chat template', 'Leave `chat: true` out.')

  const parameters = parameterCount(read.slots)
  const out = stage.outputs.out!
  saveWeights(out, { ...read, tokenizer: stage.work, metrics: { parameters } })
  if (template) saveTemplate(out, template)
  for (const message of read.notes) stage.emit({ event: 'log', level: 'warning', message })
  return {
    metrics: { parameters },
    summary: `${read.model.$name}, ${(parameters / 1e6).toFixed(1)}M parameters, ${read.vocab.toLocaleString('en')} ids`,
  }
}

/** The one folder that all files lie in. */
function onlyFolder(files: readonly InputFile[]): string {
  const folders = [...new Set(files.map(({ path }) => dirname(path)))]
  const [folder] = folders
  if (folder !== undefined && folders.length === 1) return folder
  throw new StageError('no-weights', `${folders.length} folders are named`, 'Name one folder.')
}

/** A folder that llmpipe saved. */
function own(folder: string): ReadWeights {
  const { model, tensors } = loadWeights(folder)
  const vocab = typeof model.vocab === 'number' ? model.vocab : loadTokenizer(folder).size
  return { model, vocab, ...flatten(model, tensors, vocab), notes: [] }
}

function jsonOf(file: string): Json {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Json
  } catch (error) {
    throw new StageError('damaged-weights', `${basename(file)} is not JSON: ${(error as Error).message}`)
  }
}
