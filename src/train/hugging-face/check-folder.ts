/** Checks that a folder for `transformers` was written right: it is read again, and compared with what was to be written. */

import { join } from 'node:path'
import type { Message } from '../../core/conversation.ts'
import { StageError } from '../../core/failure.ts'
import { bind } from '../../model/bind.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { chatEncoder } from '../../text/chat/encode-chat.ts'
import { loadTemplate } from '../../text/chat/saved.ts'
import { loadTokenizerFiles } from '../../text/load.ts'
import { idsOf, probes } from '../../text/probes.ts'
import type { Tokenizer } from '../../text/tokenizer.ts'
import type { StoredTensor } from '../weights/safetensors.ts'
import { type FloatType, fromFloat32, toFloat32 } from '../weights/safetensors-dtypes.ts'
import type { Architecture, Layout, Sizes } from './layout.ts'
import { haveSameGraph } from './layout-of.ts'
import { describeModel, standardModel } from './read.ts'
import { TensorFolder } from './tensor-folder.ts'

/** The contents that the folder has to have. */
export interface Expected {
  /** The folder of the weights in the store. */
  readonly folder: string
  readonly layout: Layout
  readonly sizes: Sizes
  readonly vocab: number
  /** By their names in transformers, before they were rounded. */
  readonly tensors: Readonly<Record<string, StoredTensor>>
  typeOf(name: string): FloatType
}

/** How many numbers are compared at once. */
const partLength = 1 << 16

const conversation: readonly Message[] = [{ role: 'user', content: 'Who are you? 1 + 1 = 2' }]

/**
 * Throws a StageError if config.json describes a model with another graph, if a number of a tensor differs, if the tokenizer has other ids,
 * or if the chat template writes another prompt. With the graph and all numbers equal, the model writes the same tokens.
 */
export async function checkFolder(out: string, expected: Expected, architecture: Architecture): Promise<void> {
  const { layout, sizes, vocab, tensors } = expected
  const described = describeModel(join(out, 'config.json'))
  const [read, written] = [
    await standardModel(described, architecture),
    await standardModel({ ...described, layout, sizes: { ...sizes, ...biases(layout) }, vocab }, architecture),
  ]
  const bound = (model: ModelSpec): ModelSpec => ({ ...model, graph: bind(model.graph, { vocab }) })
  if (described.vocab !== vocab || !haveSameGraph(bound(read), bound(written)))
    throw different('the model of config.json')
  checkTensors(join(out, 'model.safetensors'), tensors, expected)
  checkTexts(out, expected)
}

/** Biases that transformers always has: those of a GPT-2 without them are written as zeros. */
function biases({ architecture }: Layout): Sizes {
  return architecture === 'gpt2' ? { bias: true, dropout: 0 } : {}
}

/** Compares all tensors of a file with those that were to be written. Throws a StageError if one differs. */
export function checkTensors(path: string, tensors: Expected['tensors'], { typeOf }: Pick<Expected, 'typeOf'>): void {
  const file = new TensorFolder([path])
  try {
    if (file.size !== Object.keys(tensors).length) throw different('the number of tensors')
    for (const [name, { shape, data }] of Object.entries(tensors)) {
      const read = file.read(name)
      const type = typeOf(name)
      if (read.shape.join() !== shape.join() || read.data.length !== data.length) throw different(`the tensor ${name}`)
      // In parts, so that memory does not hold a large tensor several times.
      for (let at = 0; at < data.length; at += partLength) {
        const part = data.subarray(at, at + partLength)
        const rounded = type === 'F32' ? part : toFloat32(type, fromFloat32(type, part))
        for (let i = 0; i < rounded.length; i++)
          if (!Object.is(rounded[i], read.data[at + i])) throw different(`the tensor ${name}`)
      }
    }
  } finally {
    file.close()
  }
}

/** Compares the tokenizer and the chat template with those in `folder`. Throws a StageError if one differs. */
export function checkTexts(out: string, { folder, vocab }: Pick<Expected, 'folder' | 'vocab'>): void {
  const tokenizerIn = (where: string) =>
    loadTokenizerFiles(join(where, 'tokenizer.json'), join(where, 'tokenizer_config.json'), 'tokenizer.json', vocab)
  const [ours, theirs] = [tokenizerIn(folder), tokenizerIn(out)]
  for (const probe of probes)
    if (idsOf(ours, probe).join() !== idsOf(theirs, probe).join()) throw different('the tokenizer')
  if (promptOf(folder, ours) !== promptOf(out, theirs)) throw different('the chat template')
}

/** The ids of the prompt that the chat template of a folder writes, or the code of the failure if it refuses the conversation. */
function promptOf(folder: string, tokenizer: Tokenizer): string {
  const template = loadTemplate(folder)
  if (template === undefined) return 'no template'
  try {
    return `${template.jinja} ${chatEncoder(template, tokenizer).prompt(conversation).join()}`
  } catch (error) {
    if (error instanceof StageError) return `${template.jinja} ${error.code}`
    throw error
  }
}

function different(what: string): StageError {
  return new StageError(
    'damaged-weights',
    `the folder was not written right: ${what} is read back otherwise`,
    'The disk may be faulty, or another program wrote to the folder. Run again.',
  )
}
