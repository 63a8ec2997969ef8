/** Runs `pretrain`. */

import { StageError } from '../../core/failure.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { loadTokenizer } from '../../text/load.ts'
import { TokenReader } from '../../text/tokens.ts'
import { pretrain } from '../../train/loops/pretrain.ts'
import { parameterCount } from '../../train/weights/parameters.ts'
import { saveWeights } from '../../train/weights/weights.ts'
import { parametersOf } from '../shared/amounts.ts'
import type { RunOf } from '../shared/define-kind.ts'

export const run: RunOf<typeof import('./pretrain.ts').pretrain> = async (stage, services) => {
  const { settings, inputs } = stage
  // The plan writes the graph as JSON: model/spec.ts.
  const model = stage.models[settings.model.model] as unknown as ModelSpec
  const context = settings.context ?? model.context
  if (context > model.context)
    throw new StageError(
      'invalid-setting',
      `context is ${context}, but the model is made for ${model.context} tokens`,
      `Lower it, or give the model more: ${model.$name}(…, context: ${context}).`,
    )
  const folder = inputs.on.path
  const tokenizer = loadTokenizer(folder)
  if (typeof model.vocab === 'number' && model.vocab < tokenizer.size)
    throw new StageError(
      'invalid-setting',
      `the model has a vocabulary of ${model.vocab}, but the tokens are of one of ${tokenizer.size}`,
      'Give the model the size of the tokenizer: `vocab: bpe.size`.',
    )
  const on = enough(new TokenReader(folder), context + 1, 'on')
  const validate = inputs.validate && enough(new TokenReader(inputs.validate.path), 2, 'validate')

  const engine = await services.engine(settings.engine)
  const trained = await pretrain({
    model,
    tokenizer,
    on,
    validate,
    settings: { ...settings, context },
    hints: stage.hints,
    engine,
    threads: stage.threads,
    gpus: stage.gpus,
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
    tokens: settings.steps * settings.batch * settings.accumulate * context,
  }
  saveWeights(stage.outputs.out, { model, slots, parameters, vocab: tokenizer.size, tokenizer: folder, metrics })
  const loss = heldOut ? `held-out loss ${heldOut.loss.toFixed(4)}` : `loss ${trainLoss.toFixed(4)}`
  return {
    metrics,
    engine: engine.description,
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
