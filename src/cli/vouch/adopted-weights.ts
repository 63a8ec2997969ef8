/** Weights that were made elsewhere, written as the result of a stage: they have to fit its model, its tokenizer and its chat template. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ArtefactKind, ArtefactTypeOf } from '../../core/artefact.ts'
import type { Plan } from '../../core/plan.ts'
import { isObject } from '../../core/values/shape.ts'
import { bind } from '../../model/bind.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { fitOf, misfitsInWords } from '../../model/training/fit.ts'
import { checkSameTokens } from '../../stages/training/checks/same-tokens.ts'
import { loadTemplate, removeTemplate, saveTemplate } from '../../text/chat/saved.ts'
import { type ChatTemplate, inWords, templateIdentity } from '../../text/chat/template.ts'
import { loadTokenizer, saveTokenizer } from '../../text/load.ts'
import type { Tokenizer } from '../../text/tokenizer.ts'
import { pathsIn } from '../../train/hugging-face/folder-files.ts'
import { parsed } from '../../train/hugging-face/json-file.ts'
import { saveOrigin } from '../../train/hugging-face/origin.ts'
import { grownTo } from '../../train/weights/grow.ts'
import { isGguf, type ReadModel, readModel } from '../../train/weights/model-folder.ts'
import { parametersIn, views } from '../../train/weights/parameters.ts'
import { SafetensorsFile } from '../../train/weights/safetensors.ts'
import { saveWeights } from '../../train/weights/weights.ts'
import { services } from '../services.ts'
import { Refusal } from '../terminal/refusal.ts'

export interface Adopting {
  readonly plan: Plan
  readonly type: ArtefactTypeOf<'Weights'>
  /** The inputs of the stage. */
  readonly inputs: readonly { readonly kind: ArtefactKind; readonly path: string }[]
  /** The folder that the weights are in, or a GGUF file. */
  readonly from: string
  /** Empty folders: for the result, and for files on the way. */
  readonly out: string
  readonly work: string
}

export interface Adopted {
  readonly metrics: Readonly<Record<string, number>>
  /** For people: what of the folder was not read as it is. */
  readonly notes: readonly string[]
}

/** Writes the weights in `from` to `out`. Throws a StageError or a Refusal if they do not fit the stage. */
export async function writeAdopted({ plan, type, inputs, from, out, work }: Adopting): Promise<Adopted> {
  const read = await readModel(
    existsSync(join(from, 'model.json')) ? [join(from, 'model.json')] : pathsIn(from),
    services().architecture,
  )
  const declared = plan.models[type.model] as unknown as ModelSpec | undefined
  const all = views(read.slots, read.parameters)
  for (const { kind, path } of inputs)
    if (kind === 'Tokens' || kind === 'Weights') checkTokenizer(loadTokenizer(path), read.tokenizer)
  // Without a declaration, the model of the stage is that of its weights.
  if (declared === undefined) for (const { kind, path } of inputs) if (kind === 'Weights') checkModel(read, path)
  const model = declared ?? read.model
  const { tensors, notes } = grownTo(model, read.vocab, all)
  if (notes.length > 0) throw new Refusal(`the weights do not fit the stage: they have fewer tokens than its model`)
  saveTokenizer(work, read.tokenizer)
  // The tokenizer of a GGUF file has the chat template of the file.
  const template = templateFor(type, loadTemplate(isGguf(from) ? work : from))
  const metrics = { ...metricsIn(join(from, 'metrics.json')), parameters: parametersIn(tensors) }
  saveWeights(out, { model, tensors, vocab: read.vocab, tokenizer: work, metrics })
  if (read.origin) saveOrigin(out, read.origin)
  if (template) saveTemplate(out, template)
  else removeTemplate(out)
  return { metrics, notes: [...read.notes, ...read.tokenizer.notes.map((note) => `The tokenizer: ${note}.`)] }
}

/** Throws a Refusal if the model is another one than that of the weights in `folder`. It may have more tokens. */
function checkModel({ model, vocab }: ReadModel, folder: string): void {
  const file = new SafetensorsFile(join(folder, 'model.safetensors'))
  const shapes = new Map([...file.entries].map(([name, { shape }]) => [name, shape]))
  file.close()
  const { misfits } = fitOf(bind(model.graph, { vocab }), shapes)
  if (misfits.length === 0) return
  throw new Refusal(
    `the weights are of another model than those that the stage starts from: ${misfitsInWords(misfits)}`,
    'Adopt weights of the same model.',
  )
}

/** Throws a StageError or a Refusal if the tokenizer that was read lacks ids of that of the stage, or has other tokens there. */
function checkTokenizer(ofStage: Tokenizer, read: Tokenizer): void {
  checkSameTokens(ofStage, read)
  if (read.size < ofStage.size)
    throw new Refusal(
      `the weights do not fit the stage: they have ${read.size} ids, and the tokenizer of the stage has ${ofStage.size}`,
      'Adopt weights that were trained with the tokenizer of the stage.',
    )
}

/** The template to save; `undefined` if the stage makes weights without one. Throws a Refusal if the stage makes weights with another one. */
function templateFor(
  { template: wanted }: Adopting['type'],
  found: ChatTemplate | undefined,
): ChatTemplate | undefined {
  if (wanted === undefined) return undefined
  if (found === undefined)
    throw new Refusal(
      'the stage makes weights with a chat template, and the folder has none',
      'Save the template with the tokenizer: tokenizer_config.json or chat_template.jinja.',
    )
  // The template of weights that are read from files is known only once they are read.
  const declared = /^(.+) (\([0-9a-f]{8}\))$/.exec(wanted)
  if (declared === null) return found
  const [, name, digest] = declared as unknown as [string, string, string]
  if (!templateIdentity(found).endsWith(` ${digest}`))
    throw new Refusal(
      `the stage makes weights with ${inWords(wanted)}, and those in the folder have ${inWords(templateIdentity(found))}`,
      'Adopt weights that were fine-tuned with the template of the stage, or give the stage theirs.',
    )
  // Under the name that the program gives it, later stages compare it by.
  return { ...found, name }
}

/** The metrics of weights that llmpipe trained elsewhere. */
function metricsIn(path: string): Record<string, number> {
  const json = existsSync(path) ? parsed(path) : {}
  if (!isObject(json)) return {}
  return Object.fromEntries(
    Object.entries(json).filter((each): each is [string, number] => typeof each[1] === 'number'),
  )
}
