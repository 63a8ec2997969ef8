/** The architectures that llmpipe and llama.cpp share: names of tensors, and sizes. */

import type { Json, JsonObject } from '../../core/values/json.ts'
import { layerTypes } from '../hugging-face/families/decoder.ts'
import { headName, type Layout, type Sizes } from '../hugging-face/layout.ts'
import { type DescribedFile, type GgufLayout, json } from './layout.ts'
import {
  decoderConfig,
  decoderMetadata,
  decoderNames,
  headOf,
  layer,
  noLlama3Scaling,
  normsAfter,
  normsBefore,
  qkNorms,
  ropeOf,
  usualHead,
  withHeadSize,
  without,
} from './layout-parts.ts'
import { qwen2Moe, qwen3Moe } from './mixture-layouts.ts'

/** llama.cpp rotates neighbors in some architectures, where transformers rotates the halves of a head. */
const rotatesNeighbors: GgufLayout['differences'] = Object.fromEntries(
  (['weight', 'bias'] as const).flatMap((part) => [
    [`model.layers.N.self_attn.q_proj.${part}`, 'query rows'] as const,
    [`model.layers.N.self_attn.k_proj.${part}`, 'key rows'] as const,
  ]),
)

const llama: GgufLayout = {
  architecture: 'llama',
  modelType: 'llama',
  names: Object.fromEntries([...decoderNames, ...normsBefore]),
  differences: rotatesNeighbors,
  config: decoderConfig,
  metadata: (config) => ({
    ...(headOf(config) === usualHead(config) ? decoderMetadata(config) : withHeadSize(config)),
    'rope.dimension_count': ['uint32', headOf(config)],
  }),
  problem({ sliding_window: window, max_position_embeddings: context }) {
    if (typeof window !== 'number' || window >= Number(context)) return undefined
    return `its attention has a window of ${window} tokens, which the llama of llama.cpp does not have`
  },
}

const qwen2: GgufLayout = {
  architecture: 'qwen2',
  modelType: 'qwen2',
  names: Object.fromEntries([...decoderNames, ...normsBefore]),
  differences: {},
  config: (file) => without(decoderConfig(file), 'attention_bias', 'mlp_bias'),
  metadata: withHeadSize,
  problem: noLlama3Scaling,
}

const qwen3: GgufLayout = {
  architecture: 'qwen3',
  modelType: 'qwen3',
  names: Object.fromEntries([...decoderNames, ...normsBefore, ...qkNorms]),
  differences: {},
  config: (file) => without(decoderConfig(file), 'mlp_bias'),
  metadata: withHeadSize,
  problem: noLlama3Scaling,
}

const olmo2: GgufLayout = {
  architecture: 'olmo2',
  windowed: false,
  modelType: 'olmo2',
  names: Object.fromEntries([...decoderNames, ...normsAfter, ...qkNorms]),
  differences: {},
  config: (file) => without(decoderConfig(file), 'mlp_bias'),
  metadata: decoderMetadata,
}

/** llama.cpp has OLMo 3 as an OLMo 2 with a window, of which every fourth layer sees everything by scaled rotations. */
const olmo3: GgufLayout = {
  ...olmo2,
  modelType: 'olmo3',
  windowed: true,
  config(file) {
    const pattern = file.sizeOf('attention.sliding_window_pattern')
    const kinds = Array.isArray(pattern)
      ? pattern.map((isLocal) => (isLocal ? 'sliding_attention' : 'full_attention'))
      : layerTypes(Number(file.sizeOf('block_count')), 4)
    return {
      ...olmo2.config(file),
      sliding_window: json(file.sizeOf('attention.sliding_window')),
      layer_types: kinds,
    }
  },
  metadata(config) {
    const { rope_theta: base } = ropeOf(config, 'full_attention')
    return {
      ...decoderMetadata({ ...config, rope_theta: base! }),
      'attention.sliding_window': ['uint32', Number(config.sliding_window)],
      'attention.sliding_window_pattern': [
        'bools',
        (config.layer_types as readonly Json[]).map((kind) => kind === 'sliding_attention'),
      ],
    }
  },
  problem(config) {
    const expected = layerTypes(Number(config.num_hidden_layers), 4)
    if (JSON.stringify(config.layer_types) === JSON.stringify(expected)) return undefined
    return 'in llama.cpp, every fourth layer sees everything (layer_types)'
  },
}

const smollm3: GgufLayout = {
  ...llama,
  architecture: 'smollm3',
  modelType: 'smollm3',
  config: (file) => ({ ...decoderConfig(file), no_rope_layer_interval: 4 }),
  problem({ num_hidden_layers: layers, no_rope_layers: turned }) {
    const expected = Array.from({ length: Number(layers) }, (_, i) => ((i + 1) % 4 === 0 ? 0 : 1))
    if (JSON.stringify(turned) === JSON.stringify(expected)) return undefined
    return 'llama.cpp leaves rotary positions out in every fourth layer (no_rope_layers)'
  },
}

/** The norms of Gemma before and after each branch. llama.cpp stores their gains, and transformers those less 1. */
const gemmaNorms = [
  ...layer('input_layernorm', 'attn_norm'),
  ...layer('post_attention_layernorm', 'post_attention_norm'),
  ...layer('pre_feedforward_layernorm', 'ffn_norm'),
  ...layer('post_feedforward_layernorm', 'post_ffw_norm'),
] as const

const oneMore = (names: readonly (readonly [string, string])[]): GgufLayout['differences'] =>
  Object.fromEntries(['model.norm.weight', ...names.map(([name]) => name)].map((name) => [name, 'one more' as const]))

/** The numbers of layers of the two largest models, whose logits llama.cpp scales by the width that each head would have. */
const largest = { gemma2: 46, gemma3: 62 }

/** The parts of a layout that Gemma 2 and Gemma 3 share. */
function gemma(architecture: 'gemma2' | 'gemma3', period: number) {
  const querySize = (layers: unknown, head: unknown, usual: number) =>
    layers === largest[architecture] ? usual : Number(head)
  return {
    config(file: DescribedFile) {
      const config = without(decoderConfig(file), 'attention_bias', 'mlp_bias', 'hidden_act')
      return {
        ...config,
        hidden_activation: 'gelu_pytorch_tanh',
        query_pre_attn_scalar: querySize(config.num_hidden_layers, config.head_dim, usualHead(config as JsonObject)),
        sliding_window: json(file.sizeOf('attention.sliding_window')),
      }
    },
    metadata: (config: JsonObject) => ({
      ...withHeadSize(config),
      'attention.sliding_window': ['uint32', Number(config.sliding_window)] as const,
    }),
    problem(config: JsonObject) {
      const expected = layerTypes(Number(config.num_hidden_layers), period)
      if (JSON.stringify(config.layer_types) !== JSON.stringify(expected))
        return `in llama.cpp, every ${period === 2 ? 'second' : 'sixth'} layer sees everything (layer_types)`
      const size = querySize(config.num_hidden_layers, config.head_dim, usualHead(config))
      return config.query_pre_attn_scalar === size
        ? undefined
        : `llama.cpp scales the logits of attention by 1 / √${size} (query_pre_attn_scalar)`
    },
  }
}

const both = { gemma2: gemma('gemma2', 2), gemma3: gemma('gemma3', 6) }

const gemma2: GgufLayout = {
  architecture: 'gemma2',
  modelType: 'gemma2',
  names: Object.fromEntries([...decoderNames, ...gemmaNorms]),
  differences: oneMore(gemmaNorms),
  config: (file) => ({
    ...both.gemma2.config(file),
    attn_logit_softcapping: json(file.sizeOf('attn_logit_softcapping')) ?? 50,
    final_logit_softcapping: json(file.sizeOf('final_logit_softcapping')) ?? 30,
  }),
  metadata: (config) => ({
    ...both.gemma2.metadata(config),
    attn_logit_softcapping: ['float32', Number(config.attn_logit_softcapping)],
    final_logit_softcapping: ['float32', Number(config.final_logit_softcapping)],
  }),
  problem: both.gemma2.problem,
}

/** llama.cpp rotates in the layers that see a window by this base. */
const localBase = 10_000

const gemma3: GgufLayout = {
  architecture: 'gemma3',
  modelType: 'gemma3_text',
  names: Object.fromEntries([...decoderNames, ...gemmaNorms, ...qkNorms]),
  differences: oneMore([...gemmaNorms, ...qkNorms]),
  config: (file) => ({
    ...both.gemma3.config(file),
    rope_theta: json(file.sizeOf('rope.freq_base')) ?? 1_000_000,
    rope_local_base_freq: json(file.sizeOf('rope.freq_base_swa')) ?? localBase,
  }),
  metadata: (config) => ({
    ...both.gemma3.metadata(config),
    'rope.freq_base': ['float32', Number(ropeOf(config, 'full_attention').rope_theta)],
  }),
  problem(config) {
    const { rope_theta: base } = ropeOf(config, 'sliding_attention')
    if (base !== localBase) return `llama.cpp rotates by the base ${localBase} in the layers that see a window`
    return both.gemma3.problem(config)
  },
}

const gpt2Layer = (ours: string, theirs: string) =>
  (['weight', 'bias'] as const).map((part) => [`transformer.h.N.${ours}.${part}`, `blk.N.${theirs}.${part}`] as const)

const gpt2: GgufLayout = {
  architecture: 'gpt2',
  modelType: 'gpt2',
  names: Object.fromEntries([
    ['transformer.wte.weight', 'token_embd.weight'],
    ['transformer.wpe.weight', 'position_embd.weight'],
    ['transformer.ln_f.weight', 'output_norm.weight'],
    ['transformer.ln_f.bias', 'output_norm.bias'],
    [headName, 'output.weight'],
    ...gpt2Layer('ln_1', 'attn_norm'),
    ...gpt2Layer('attn.c_attn', 'attn_qkv'),
    ...gpt2Layer('attn.c_proj', 'attn_output'),
    ...gpt2Layer('ln_2', 'ffn_norm'),
    ...gpt2Layer('mlp.c_fc', 'ffn_up'),
    ...gpt2Layer('mlp.c_proj', 'ffn_down'),
  ]),
  differences: Object.fromEntries(
    ['attn.c_attn', 'attn.c_proj', 'mlp.c_fc', 'mlp.c_proj'].map((name) => [
      `transformer.h.N.${name}.weight`,
      'transposed' as const,
    ]),
  ),
  config: ({ sizeOf }) => ({
    n_embd: json(sizeOf('embedding_length')),
    n_layer: json(sizeOf('block_count')),
    n_head: json(sizeOf('attention.head_count')),
    n_positions: json(sizeOf('context_length')),
    n_ctx: json(sizeOf('context_length')),
    n_inner: json(sizeOf('feed_forward_length')),
    layer_norm_epsilon: json(sizeOf('attention.layer_norm_epsilon')),
    activation_function: 'gelu_new',
  }),
  metadata: (config) => ({
    context_length: ['uint32', Number(config.n_positions)],
    embedding_length: ['uint32', Number(config.n_embd)],
    block_count: ['uint32', Number(config.n_layer)],
    feed_forward_length: ['uint32', 4 * Number(config.n_embd)],
    'attention.head_count': ['uint32', Number(config.n_head)],
    'attention.layer_norm_epsilon': ['float32', Number(config.layer_norm_epsilon)],
  }),
}

/** All layouts, in the order in which one is chosen. */
export const ggufLayouts: readonly GgufLayout[] = [
  llama,
  gpt2,
  qwen2,
  qwen3,
  qwen2Moe,
  qwen3Moe,
  olmo2,
  olmo3,
  smollm3,
  gemma2,
  gemma3,
]

/** The layout in which a `model_type` is written; Mistral is a Llama there. `undefined` if llama.cpp has no such architecture. */
export function ggufLayoutFor(modelType: string): GgufLayout | undefined {
  return ggufLayouts.find((each) => each.modelType === (modelType === 'mistral' ? 'llama' : modelType))
}

/** The error for a model that llama.cpp would compute otherwise; `undefined` if it computes the same. */
export function ggufProblem(
  name: string,
  layout: Layout,
  sizes: Sizes,
): { readonly message: string; readonly help: string } | undefined {
  const gguf = ggufLayoutFor(layout.modelType)
  const help = 'Export the weights `as hf`, or leave `as gguf` out to get them as they are.'
  if (gguf === undefined) return { message: `llmpipe cannot write \`${name}\` as GGUF`, help }
  const problem = gguf.problem?.(layout.config(sizes))
  if (problem === undefined) return undefined
  return {
    message: `llama.cpp would not compute the same as \`${name}\`: ${problem}`,
    help,
  }
}
