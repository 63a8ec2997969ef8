/** A model with random weights, saved as stages save it. */

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ModelSpec } from '../../src/model/spec.ts'
import { saveTemplate } from '../../src/text/chat/saved.ts'
import type { ChatTemplate } from '../../src/text/chat/template.ts'
import { saveTokenizer } from '../../src/text/load.ts'
import type { Tokenizer } from '../../src/text/tokenizer.ts'
import { saveWeights } from '../../src/train/weights/weights.ts'
import { randomWeights } from './random-weights.ts'

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'llmpipe-weights-'))
}

/** The folder of the weights. */
export function savedWeights(
  model: ModelSpec,
  tokenizer: Tokenizer,
  { seed = 1, template }: { readonly seed?: number; readonly template?: ChatTemplate } = {},
): string {
  const folder = newFolder()
  const aside = newFolder()
  saveTokenizer(aside, tokenizer)
  const tensors = randomWeights(model, tokenizer.size, seed)
  saveWeights(folder, { model, tensors, vocab: tokenizer.size, tokenizer: aside, metrics: {} })
  if (template) saveTemplate(folder, template)
  return folder
}
