/** The splits of byte-level BPE by their names in llama.cpp (`tokenizer.ggml.pre`). */

import type { JsonObject } from '../../core/values/json.ts'
import { digitPattern } from '../split/digits.ts'
import { gpt2Pattern } from '../split/gpt2.ts'
import { gpt4Pattern } from '../split/gpt4.ts'
import { openAiGpt4Pattern, qwenPattern, type SplitStep } from '../split/splitter.ts'

export interface NamedSplit {
  /** The names with this split, of which the first is written. */
  readonly names: readonly string[]
  readonly patterns: readonly string[]
  /** Whether a piece that equals a token is that token even if merging does not lead to it. */
  readonly ignoreMerges: boolean
}

export const namedSplits: readonly NamedSplit[] = [
  {
    names: ['gpt-2', 'default', 'phi-2', 'mpt', 'olmo', 'jais', 'trillion'],
    patterns: [gpt2Pattern],
    ignoreMerges: false,
  },
  {
    names: ['llama-bpe', 'llama3', 'llama-v3', 'falcon3', 'pixtral'],
    patterns: [openAiGpt4Pattern],
    ignoreMerges: true,
  },
  { names: ['dbrx', 'smaug-bpe'], patterns: [openAiGpt4Pattern], ignoreMerges: false },
  { names: ['qwen2', 'stablelm2', 'deepseek-r1-qwen'], patterns: [qwenPattern], ignoreMerges: false },
  {
    names: ['smollm', 'starcoder', 'refact', 'command-r', 'codeshell', 'minerva-7b'],
    patterns: [digitPattern, gpt2Pattern],
    ignoreMerges: false,
  },
]

/** llmpipe's spelling of GPT-4's pattern. It differs from OpenAI's in a contraction with ſ only. */
const asPublished = new Map([[gpt4Pattern, openAiGpt4Pattern]])

/** The name of the split of a tokenizer; `undefined` if llama.cpp has none. A tokenizer without merges is split by every pattern. */
export function splitName(steps: readonly SplitStep[], ignoreMerges: boolean, merges: number): string | undefined {
  if (merges === 0) return namedSplits[0]!.names[0]
  const patterns = steps.map(({ pattern }) => asPublished.get(pattern) ?? pattern)
  const keeps = steps.every(({ behavior, invert }) => behavior === 'isolated' || (behavior === 'removed' && invert))
  const alike = namedSplits.filter((each) => each.patterns.join('\n') === patterns.join('\n'))
  const found = alike.find((each) => each.ignoreMerges === ignoreMerges) ?? alike[0]
  return keeps ? found?.names[0] : undefined
}

/** The pre-tokenizer of tokenizer.json for a split. */
export function preTokenizerFor({ patterns }: NamedSplit): JsonObject {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false }
  const splits = patterns.map((pattern) => ({
    type: 'Split',
    pattern: { Regex: pattern },
    behavior: 'Isolated',
    invert: false,
  }))
  return { type: 'Sequence', pretokenizers: [...splits, byteLevel] }
}
