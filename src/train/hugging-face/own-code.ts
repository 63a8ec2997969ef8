/**
 * Writes weights of an architecture that `transformers` has no class for: the folder has the source of the model, which `transformers` loads with
 * `trust_remote_code=True`.
 */

import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { Json, JsonObject } from '../../core/values/json.ts'
import { withSegments } from '../../model/attention/segments.ts'
import { bind } from '../../model/bind.ts'
import type { Graph } from '../../model/graph.ts'
import { withoutDropout } from '../../model/rewrite.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { withOutputs } from '../../model/training/heads.ts'
import { loadTemplate } from '../../text/chat/saved.ts'
import { loadTokenizer } from '../../text/load.ts'
import { endsOf } from '../weights/ends.ts'
import { type StoredTensor, writeSafetensors } from '../weights/safetensors.ts'
import type { FloatType } from '../weights/safetensors-dtypes.ts'
import { checkTensors, checkTexts } from './check-folder.ts'
import { configurationSource, modelingSource, modelType } from './own-code-sources.ts'
import { typeName } from './write-settings.ts'

/** Writes a graph without symbols as the source of a Python module: see TorchModule in src/engine/torch/emit/torch-module.ts. */
export type TorchSource = (
  graph: Graph,
  name: string,
) => Promise<{ readonly source: string; readonly inputs: Readonly<Record<string, string>> }>

export interface OwnCode {
  readonly model: ModelSpec
  readonly tensors: Readonly<Record<string, StoredTensor>>
  readonly vocab: number
  /** The format of all numbers. */
  readonly dtype: FloatType
}

/** The prefix of the names of weights in the folder: the model is an attribute of the class. */
const prefix = 'model.'

/**
 * Writes the folder: `modeling_NAME.py`, `configuration_NAME.py`, config.json, the weights, and the tokenizer with its chat template. Returns the name of the
 * class. Throws a StageError if the source of the model would depend on the lengths of texts, or if what is read back differs.
 */
export async function writeOwnCode(folder: string, out: string, written: OwnCode, emit: TorchSource): Promise<string> {
  const { model, tensors, vocab, dtype } = written
  const name = moduleName(model.$name)
  const className = classOf(name)
  const { source, inputs } = await sourceFor(model, vocab, emit)
  writeFileSync(join(out, `configuration_${name}.py`), configurationSource(name, className))
  writeFileSync(join(out, `modeling_${name}.py`), modelingSource(name, className, source, inputs))

  const stored = Object.fromEntries(
    model.graph.weights.map((weight) => [`${prefix}${weight.name}`, tensors[weight.name]!]),
  )
  const typeOf = () => dtype
  const weights = join(out, 'model.safetensors')
  writeSafetensors(weights, stored, { format: 'pt' }, typeOf)

  const tokenizer = loadTokenizer(folder)
  const template = loadTemplate(folder)
  const ends = endsOf(folder, tokenizer, template && tokenizer.special.get(template.end))
  const ids = { bos_token_id: tokenizer.endOfText ?? null, pad_token_id: tokenizer.endOfText ?? ends[0] ?? null }
  const json = (file: string, value: JsonObject) =>
    writeFileSync(join(out, file), `${JSON.stringify(value, null, 2)}\n`)
  json('config.json', {
    architectures: [`${className}ForCausalLM`],
    model_type: modelType(name),
    auto_map: {
      AutoConfig: `configuration_${name}.${className}Config`,
      AutoModelForCausalLM: `modeling_${name}.${className}ForCausalLM`,
    },
    vocab_size: vocab,
    max_position_embeddings: model.context,
    ...knownSizes(model),
    arguments: model.$arguments,
    torch_dtype: typeName(dtype),
    use_cache: false,
    ...ids,
    eos_token_id: ends[0] ?? null,
  })
  json('generation_config.json', { ...ids, eos_token_id: ends, use_cache: false })
  copyFileSync(join(folder, 'tokenizer.json'), join(out, 'tokenizer.json'))
  const config = JSON.parse(readFileSync(join(folder, 'tokenizer_config.json'), 'utf8')) as JsonObject
  json('tokenizer_config.json', { ...config, model_max_length: model.context })
  const alone = join(folder, 'chat_template.jinja')
  if (existsSync(alone)) copyFileSync(alone, join(out, 'chat_template.jinja'))

  checkTensors(weights, stored, { typeOf })
  checkTexts(out, { folder, vocab })
  return `${className}ForCausalLM`
}

/** The source of the model for texts of any number and length. */
async function sourceFor(model: ModelSpec, vocab: number, emit: TorchSource) {
  const graph = withoutDropout(withOutputs(model.graph, ['logits']))
  const emitted = (batch: number, time: number) =>
    emit(withSegments(bind(graph, { batch, time, vocab })), `The architecture \`${model.$name}\``)
  // Sizes that no model has, and that are not each other's multiples.
  const [one, other] = [await emitted(3, 17), await emitted(5, 29)]
  if (one.source === other.source) return one
  throw new StageError(
    'unsupported-weights',
    `\`${model.$name}\` cannot be written for transformers: its code would depend on the length of the text`,
    'Leave out `as hf` to export the weights as they are, or write the masks of the architecture with query_positions() and key_positions().',
  )
}

/** Sizes under the names that tools of transformers look for. */
function knownSizes({ $arguments: { dim, layers, heads } }: ModelSpec): JsonObject {
  const named: readonly (readonly [string, Json | undefined])[] = [
    ['hidden_size', dim],
    ['num_hidden_layers', layers],
    ['num_attention_heads', heads],
  ]
  return Object.fromEntries(named.flatMap(([name, size]) => (typeof size === 'number' ? [[name, size]] : [])))
}

/** A name of Python's modules: `Net 2` is `net_2`. */
function moduleName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '_') || 'model'
}

/** `my_net` is `MyNet`. */
function classOf(name: string): string {
  return name.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()).replace(/_/g, '')
}
