/** The `genai_config.json` of ONNX Runtime GenAI, which names the inputs and outputs of a decoder and its sizes. */

import type { JsonObject } from '../../core/values/json.ts'
import type { CacheSizes } from '../../engine/onnx-files.ts'
import type { Graph } from '../../model/graph.ts'
import type { ModelSpec } from '../../model/spec.ts'
import type { Tokenizer } from '../../text/tokenizer.ts'

export interface Described {
  readonly vocab: number
  readonly caches: readonly CacheSizes[]
  /** The ids that end a text. */
  readonly ends: readonly number[]
  readonly graph: Graph
  readonly tokenizer: Pick<Tokenizer, 'endOfText'>
}

/** The settings for a model of the family `modelType`. */
export function genaiConfig(
  modelType: string,
  { context, $arguments }: ModelSpec,
  { vocab, caches, ends, graph, tokenizer }: Described,
): JsonObject {
  const [first] = caches
  const positions = 'positions' in graph.inputs ? { position_ids: 'position_ids' } : {}
  return {
    model: {
      type: knownTypes.has(modelType) ? modelType : 'decoder',
      vocab_size: vocab,
      context_length: context,
      bos_token_id: tokenizer.endOfText ?? ends[0] ?? 0,
      eos_token_id: [...ends],
      pad_token_id: ends[0] ?? 0,
      decoder: {
        session_options: { log_id: 'onnxruntime-genai', provider_options: [] },
        filename: 'onnx/model.onnx',
        head_size: first?.keys ?? 0,
        hidden_size: Number($arguments.dim),
        num_attention_heads: Number($arguments.heads),
        num_hidden_layers: caches.length,
        num_key_value_heads: first?.heads ?? 0,
        inputs: {
          input_ids: 'input_ids',
          attention_mask: 'attention_mask',
          ...positions,
          past_key_names: 'past_key_values.%d.key',
          past_value_names: 'past_key_values.%d.value',
        },
        outputs: {
          logits: 'logits',
          present_key_names: 'present.%d.key',
          present_value_names: 'present.%d.value',
        },
      },
    },
    search: { do_sample: false, max_length: context, past_present_share_buffer: false },
  }
}

/** The types of models that ONNX Runtime GenAI has by name; it treats others as any decoder. */
const knownTypes: ReadonlySet<string> = new Set([
  'gemma2',
  'gemma3_text',
  'llama',
  'mistral',
  'qwen2',
  'qwen3',
  'smollm3',
])
