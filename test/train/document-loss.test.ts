/** The loss on single documents is what `evaluate` measures on each of them alone. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadEngine } from '../../src/engine/load.ts'
import { bytesTokenizer } from '../../src/text/bytes.ts'
import { TokenReader } from '../../src/text/tokens.ts'
import { TokenWriter } from '../../src/text/tokens-writer.ts'
import { DocumentLoss } from '../../src/train/evaluation/document-loss.ts'
import { textLoss } from '../../src/train/evaluation/likelihood.ts'
import { architecture } from '../model/architecture.ts'
import { randomWeights } from './random-weights.ts'

test('a document has the loss that `evaluate` measures on its tokens, whatever stands beside it', async () => {
  const tokenizer = bytesTokenizer({ tokens: ['<|end|>'], endOfText: '<|end|>' })
  const model = architecture('llama', { vocab: tokenizer.size, dim: 16, layers: 1, heads: 2, context: 12 })
  const weights = randomWeights(model, tokenizer.size)
  const contestant = { name: 'm', folder: '', model, weights, tokenizer, tokens: '' }
  const machine = { engine: await loadEngine('onnx'), threads: 1, batch: 2 }
  const texts = ['a whale', 'Call me Ishmael. Some years ago, never mind.', '', 'ab', '第1章', 'twelve bytes']
  const losses = await DocumentLoss.compile(contestant, machine)
  const found = await losses.of(texts)
  await losses.dispose()
  for (const [index, text] of texts.entries()) {
    const folder = mkdtempSync(join(tmpdir(), 'llmpipe-loss-'))
    const writer = new TokenWriter(folder, tokenizer, tokenizer.endOfText, tokenizer.wrap.before)
    writer.add(text)
    writer.finish()
    const reader = new TokenReader(folder)
    const { sum, tokens } = found[index]!
    expect(tokens).toBe(Math.max(0, reader.length - 1))
    if (tokens > 0) {
      const wanted = await textLoss(contestant, reader, Number.POSITIVE_INFINITY, machine)
      expect(Math.abs(sum / tokens - wanted.loss)).toBeLessThan(1e-4)
    }
    reader.close()
    rmSync(folder, { recursive: true })
  }
})
