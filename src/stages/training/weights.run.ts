/** Runs `weights`. */

import { dirname } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { InputFile } from '../../core/kind/stage.ts'
import { loadTemplate, removeTemplate, saveTemplate } from '../../text/chat/saved.ts'
import { type ChatTemplate, withDate } from '../../text/chat/template.ts'
import { saveTokenizer } from '../../text/load.ts'
import { saveOrigin } from '../../train/hugging-face/origin.ts'
import { isGguf, readModel } from '../../train/weights/model-folder.ts'
import { parameterCount, views } from '../../train/weights/parameters.ts'
import { saveWeights } from '../../train/weights/weights.ts'
import { parametersOf } from '../shared/amounts.ts'
import type { RunOf } from '../shared/define-kind.ts'

export const run: RunOf<typeof import('./weights.ts').weights> = async (stage, services) => {
  const files = stage.files.path
  const folder = onlyFolder(files, 'path')
  const adapters = foldersOf(stage.files.adapter ?? [])
  const paths = files.map(({ path }) => path)
  const read = await readModel(paths, services.architecture, adapters)
  saveTokenizer(stage.work, read.tokenizer)
  // The tokenizer of a GGUF file has the chat template of the file.
  const ofTemplate = paths.length === 1 && isGguf(paths[0]!) ? stage.work : folder
  const template = stage.settings.chat ? templateIn(ofTemplate, stage.settings.date) : undefined

  const parameters = parameterCount(read.slots)
  const out = stage.outputs.out
  saveWeights(out, {
    ...read,
    tensors: views(read.slots, read.parameters),
    tokenizer: stage.work,
    metrics: { parameters },
  })
  if (read.origin) saveOrigin(out, read.origin)
  if (template) saveTemplate(out, template)
  else removeTemplate(out)
  const leftOut = !stage.settings.chat && loadTemplate(ofTemplate) !== undefined
  if (leftOut) stage.emit({ event: 'log', level: 'warning', message: templateLeftOut })
  for (const message of [...read.notes, ...read.tokenizer.notes.map((note) => `The tokenizer: ${note}.`)])
    stage.emit({ event: 'log', level: 'warning', message })
  return {
    metrics: { parameters },
    summary: `${read.model.$name}, ${parametersOf(parameters)}, ${read.vocab.toLocaleString('en')} ids`,
  }
}

const templateLeftOut =
  'The model has a chat template, which is left out. Write `{ chat: true }` to keep it, or give a later stage a template of its own.'

function foldersOf(files: readonly InputFile[]): string[] {
  return [...new Set(files.map(({ path }) => dirname(path)))]
}

/** The one folder that all files lie in. */
function onlyFolder(files: readonly InputFile[], setting: string): string {
  const folders = foldersOf(files)
  const [folder] = folders
  if (folder !== undefined && folders.length === 1) return folder
  throw new StageError('no-weights', `\`${setting}\` names ${folders.length} folders`, 'Name one folder.')
}

/** The chat template in a folder; with `date`, it writes that day. */
function templateIn(folder: string, date: string | undefined): ChatTemplate {
  const template = loadTemplate(folder)
  if (template === undefined)
    throw new StageError('no-template', 'the model has no chat template', 'Leave `chat: true` out.')
  return date === undefined ? template : withDate(template, date)
}
