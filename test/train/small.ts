/** A training small enough for a test: a Llama of two layers on bytes of a nursery rhyme, run by ONNX Runtime. */

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StageEvent } from '../../src/core/event.ts'
import { loadEngine } from '../../src/engine/load.ts'
import { bytesTokenizer } from '../../src/text/bytes.ts'
import { specialTokens } from '../../src/text/special.ts'
import { TokenReader } from '../../src/text/tokens.ts'
import { TokenWriter } from '../../src/text/tokens-writer.ts'
import { type Pretrained, type PretrainSettings, type PretrainTask, pretrain } from '../../src/train/loops/pretrain.ts'
import { architecture } from '../model/architecture.ts'

const rhyme = 'Jack and Jill went up the hill to fetch a pail of water. '
export const tokenizer = bytesTokenizer(specialTokens('<|endoftext|>', []))

export function scratch(): string {
  return mkdtempSync(join(tmpdir(), 'llmpipe-train-'))
}

/** The tokens of a text, `copies` times. */
export function tokensOf(copies: number, text = rhyme): TokenReader {
  const folder = scratch()
  const writer = new TokenWriter(folder, tokenizer, tokenizer.endOfText)
  for (let i = 0; i < copies; i++) writer.add(text)
  writer.finish()
  return new TokenReader(folder)
}

export const settings: PretrainSettings = {
  steps: 12,
  batch: 4,
  context: 16,
  accumulate: 1,
  windows: 'shuffled',
  optimizer: { lr: 1e-2, betas: [0.9, 0.95], eps: 1e-8, weight_decay: 0.1 },
  schedule: { call: 'cosine', warmup: 2, floor: 0.1 },
  clip: 1,
  seed: 1,
  validate_tokens: 1000,
}

const sizes = { vocab: tokenizer.size, dim: 16, layers: 2, heads: 2, context: 16 }

/** Trains; `events` gathers what it says. */
export async function train(
  change: Partial<Omit<PretrainTask, 'settings' | 'hints'>> & {
    readonly settings?: Partial<PretrainSettings>
    readonly hints?: Partial<PretrainTask['hints']>
    readonly events?: StageEvent[]
    readonly model?: PretrainTask['model']
  } = {},
): Promise<Pretrained> {
  const { events = [], settings: other, hints, ...rest } = change
  return pretrain({
    model: architecture('llama', sizes),
    tokenizer,
    on: tokensOf(40),
    validate: tokensOf(3),
    engine: await loadEngine('onnx'),
    threads: 1,
    work: scratch(),
    signal: new AbortController().signal,
    emit: (event) => events.push(event),
    ...rest,
    settings: { ...settings, ...other },
    hints: { checkpoint_every: 1e9, log_every: 1, validate_every: 1e9, sample: 'Jack', ...hints },
  })
}

export { architecture, sizes }
