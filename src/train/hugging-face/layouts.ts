/** The classes of Hugging Face's `transformers` whose checkpoints are read and written. */

import type { JsonObject } from '../../core/values/json.ts'
import { gemma2, gemma3 } from './families/gemma.ts'
import { gpt2 } from './families/gpt2.ts'
import { llama } from './families/llama.ts'
import { llama3 } from './families/llama3.ts'
import { mistral, mistralAsLlama } from './families/mistral.ts'
import { olmo2 } from './families/olmo2.ts'
import { olmo3 } from './families/olmo3.ts'
import { qwen2 } from './families/qwen2.ts'
import { qwen2Moe } from './families/qwen2-moe.ts'
import { qwen3 } from './families/qwen3.ts'
import { qwen3Moe } from './families/qwen3-moe.ts'
import { smollm3 } from './families/smollm3.ts'
import type { Layout, ReadSizes, Refusal } from './layout.ts'

/** All layouts. Models that were made here are exported in the first layout of their architecture. */
export const layouts: readonly Layout[] = [
  gpt2,
  llama,
  llama3,
  mistralAsLlama,
  mistral,
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

/** The model types that can be read, for people: `gpt2, llama and mistral`. */
export const modelTypes = inWords(layouts.map(({ modelType }) => modelType))

/** The architectures that can be written, for people. */
export const architectures = inWords(layouts.map(({ architecture }) => architecture))

/**
 * The layout of a config.json and its sizes. If several layouts have its `model_type`, it is the first that can be such a model; if none
 * can, the reason of the last. `undefined` if no layout has the type.
 */
export function layoutFor(config: JsonObject): { layout: Layout; read: ReadSizes | Refusal } | undefined {
  const read = layouts.flatMap((layout) =>
    layout.modelType === config.model_type ? [{ layout, read: layout.read(config) }] : [],
  )
  return read.find((each) => !('refused' in each.read)) ?? read.at(-1)
}

function inWords(names: readonly string[]): string {
  return [...new Set(names)].join(', ').replace(/, ([^,]*)$/, ' and $1')
}
