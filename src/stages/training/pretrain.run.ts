/** Runs `pretrain`. */

import { StageError } from '../../core/failure.ts'
import type { StageReport } from '../../core/report.ts'
import type { StageRun } from '../../core/stage.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { loadTokenizer } from '../../text/load.ts'
import { TokenReader } from '../../text/tokens.ts'
import { type PretrainHints, type PretrainSettings, pretrain } from '../../train/loops/pretrain.ts'
import { parameterCount } from '../../train/weights/parameters.ts'
import { saveWeights } from '../../train/weights/weights.ts'
import { parametersOf } from '../shared/amounts.ts'
import type { StageServices } from '../shared/services.ts'

interface Params extends Omit<PretrainSettings, 'context'> {
  readonly context?: number
  readonly model: { readonly model: string }
  readonly engine: string
}

export async function run(stage: StageRun, services: StageServices): Promise<StageReport> {
  const params = stage.params as unknown as Params
  const model = stage.models[params.model.model] as unknown as ModelSpec
  const context = params.context ?? model.context
  if (context > model.context)
    throw new StageError(
      'invalid-setting',
      `context is ${context}, but the model is made for ${model.context} tokens`,
      `Lower it, or give the model more: ${model.$name}(…, context: ${context}).`,
    )
  const folder = stage.inputs.on![0]!.path
  const tokenizer = loadTokenizer(folder)
  if (typeof model.vocab === 'number' && model.vocab < tokenizer.size)
    throw new StageError(
      'invalid-setting',
      `the model has a vocabulary of ${model.vocab}, but the tokens are of one of ${tokenizer.size}`,
      'Give the model the size of the tokenizer: `vocab: bpe.size`.',
    )
  const on = enough(new TokenReader(folder), context + 1, 'on')
  const validate = stage.inputs.validate?.[0] && enough(new TokenReader(stage.inputs.validate[0].path), 2, 'validate')

  const trained = await pretrain({
    model,
    tokenizer,
    on,
    validate,
    settings: { ...params, context },
    hints: stage.hints as unknown as PretrainHints,
    engine: await services.engine(params.engine),
    threads: stage.threads,
    work: stage.work,
    keepState: stage.keepState,
    signal: stage.signal,
    emit: stage.emit,
  })

  const { heldOut, sample, slots, parameters, trainLoss } = trained
  const count = parameterCount(slots)
  const metrics = {
    train_loss: trainLoss,
    ...(heldOut && { valid_loss: heldOut.loss, perplexity: heldOut.perplexity, bits_per_byte: heldOut.bitsPerByte }),
    parameters: count,
    tokens: params.steps * params.batch * params.accumulate * context,
  }
  saveWeights(stage.outputs.out!, { model, slots, parameters, vocab: tokenizer.size, tokenizer: folder, metrics })
  const loss = heldOut ? `held-out loss ${heldOut.loss.toFixed(4)}` : `loss ${trainLoss.toFixed(4)}`
  return {
    metrics,
    summary: `${parametersOf(count)}, ${loss}`,
    detail: { sample },
  }
}

function enough(reader: TokenReader, needed: number, role: string): TokenReader {
  if (reader.length >= needed) return reader
  throw new StageError(
    'too-few-tokens',
    `\`${role}\` has ${reader.length} tokens, and ${needed} are needed for one window`,
    'Give it more text, or lower `context`.',
  )
}
