/** Checks that an ONNX file was written right: it has to write the tokens that the model writes. */

import type { Message } from '../../core/conversation.ts'
import { StageError } from '../../core/failure.ts'
import { Random } from '../../core/values/random.ts'
import type { Compiler, Tensors } from '../../engine/engine.ts'
import type { OnnxDecoder } from '../../engine/onnx-files.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { chatEncoder } from '../../text/chat/encode-chat.ts'
import { loadTemplate } from '../../text/chat/saved.ts'
import { loadTokenizer } from '../../text/load.ts'
import { idsOf, probes } from '../../text/probes.ts'
import { Generator } from '../generation/generator.ts'
import { plainSampling } from '../generation/sampling.ts'

/** How many tokens are compared. */
const tokens = 16

/** Two tokens whose logits are this close, as a share of the largest logit, are equally likely. */
const tie = 1e-4

const conversation: readonly Message[] = [{ role: 'user', content: 'Who are you? 1 + 1 = 2' }]

/**
 * Writes text greedily with the model in `folder` and reads it with `decoder`: first the prompt at once, then token by token. Throws a StageError if `decoder` prefers another
 * token anywhere. Closes `decoder`.
 */
export async function checkDecoder(
  decoder: OnnxDecoder,
  folder: string,
  model: ModelSpec,
  weights: Tensors,
  { engine, threads, vocab }: { readonly engine: Compiler; readonly threads: number; readonly vocab: number },
): Promise<void> {
  const generator = new Generator(engine, model, { vocab, batch: 1, threads })
  try {
    // The prompt leaves room for what is written.
    const prompt = promptIn(folder).slice(0, Math.max(1, model.context - tokens))
    const writing = { ...plainSampling, temperature: 0, maxTokens: tokens, stop: [] }
    const [written] = await generator.complete(weights, [prompt], writing, [new Random(1, 'export')])
    let next: readonly number[] = prompt
    for (const token of written!.tokens) {
      const logits = (await decoder.read(next)).subarray(-vocab)
      if (!isLikeliest(logits, token))
        throw new StageError(
          'damaged-weights',
          'the ONNX file was not written right: it writes other tokens than the model',
          'This is a fault of llmpipe. Please report it with the architecture of the model.',
        )
      next = [token]
    }
  } finally {
    await decoder.dispose()
    await generator.dispose()
  }
}

/** Whether no other token is likelier than this one, but for differences of rounding. */
function isLikeliest(logits: Float32Array, token: number): boolean {
  let largest = Number.NEGATIVE_INFINITY
  let size = 1
  for (const logit of logits) {
    if (Number.isNaN(logit)) return false
    largest = Math.max(largest, logit)
    size = Math.max(size, Math.abs(logit))
  }
  return largest - logits[token]! <= tie * size
}

/** The ids of a prompt: by the chat template if there is one that takes a question. */
function promptIn(folder: string): number[] {
  const tokenizer = loadTokenizer(folder)
  const template = loadTemplate(folder)
  const plain = [...idsOf(tokenizer, probes[0]!)]
  if (template === undefined) return plain
  try {
    return [...chatEncoder(template, tokenizer).prompt(conversation)]
  } catch (error) {
    if (error instanceof StageError) return plain
    throw error
  }
}
