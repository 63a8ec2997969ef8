/** Runs `pretrain`. */

import { StageError } from '../../core/failure.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { saveTemplate } from '../../text/chat/saved.ts'
import { loadTokenizer } from '../../text/load.ts'
import { TokenReader } from '../../text/tokens.ts'
import { pretrain } from '../../train/loops/pretrain.ts'
import { warnOfWarmup } from '../../train/step/schedule.ts'
import { parametersIn } from '../../train/weights/parameters.ts'
import { saveWeights } from '../../train/weights/weights.ts'
import { parametersOf } from '../shared/amounts.ts'
import type { RunOf } from '../shared/define-kind.ts'
import { limitEpochs, metricsOf, mixedTokens, sourceLearned, stepsOf } from './examples/mixture-sources.ts'
import { earlierWeights } from './pretrain-start.ts'

export const run: RunOf<typeof import('./pretrain.ts').pretrain> = async (stage, services) => {
  const { settings, inputs } = stage
  // The plan writes the graph as JSON: model/spec.ts.
  const declared = settings.model && (stage.models[settings.model.model] as unknown as ModelSpec)
  const folder = inputs.on[0]!.path
  const earlier =
    inputs.from && earlierWeights({ from: inputs.from.path, on: folder, declared, context: settings.context }, stage)
  const model = earlier?.model ?? declared
  // The check of the program refuses a call without either.
  if (model === undefined) throw new StageError('invalid-setting', 'there is neither a model nor weights to train')
  const context = settings.context ?? model.context
  if (context > model.context)
    throw new StageError(
      'invalid-setting',
      `context is ${context}, but the model is made for ${model.context} tokens`,
      `Lower it, or give the model more: ${model.$name}(…, context: ${context}).`,
    )
  const tokenizer = earlier?.tokenizer ?? loadTokenizer(folder)
  if (typeof model.vocab === 'number' && model.vocab < tokenizer.size)
    throw new StageError(
      'invalid-setting',
      `the model has a vocabulary of ${model.vocab}, but the tokens are of one of ${tokenizer.size}`,
      'Give the model the size of the tokenizer: `vocab: bpe.size`.',
    )
  const corpora = inputs.on.map(({ path }, i) => enough(new TokenReader(path), context + 1, settings.$on?.[i] ?? 'on'))
  const sources = corpora.map((tokens, i) => ({ name: settings.$on?.[i] ?? 'on', tokens }))
  const steps = stepsOf(settings, sources, context)
  if (settings.epochs !== undefined) warnOfWarmup(stage, steps)
  limitEpochs(stage, sources, context, steps)
  const validate = inputs.validate && enough(new TokenReader(inputs.validate.path), 2, 'validate')

  const engine = await services.engine(settings.engine)
  const trained = await pretrain({
    model,
    weights: earlier?.tensors,
    tokenizer,
    on: settings.on === undefined ? corpora[0]! : mixedTokens(settings.on, sources, steps),
    validate,
    settings: { ...settings, steps, context },
    hints: stage.hints,
    engine,
    threads: stage.threads,
    gpus: stage.gpus,
    work: stage.work,
    keepState: stage.keepState,
    signal: stage.signal,
    emit: stage.emit,
  })

  const { heldOut, sample, tensors, trainLoss } = trained
  const learned = trained.sources?.map((of, i) => sourceLearned(sources[i]!, of))
  const count = parametersIn(tensors)
  const metrics = {
    train_loss: trainLoss,
    ...(heldOut && { valid_loss: heldOut.loss, perplexity: heldOut.perplexity, bits_per_byte: heldOut.bitsPerByte }),
    parameters: count,
    ...(settings.freeze && { learned_parameters: trained.learned }),
    ...(settings.epochs !== undefined && { steps }),
    tokens: steps * settings.batch * settings.accumulate * context,
    ...(learned && metricsOf(learned)),
  }
  const { tokenizerFolder = folder, keepsOrigin = true, template } = earlier ?? {}
  const { out } = stage.outputs
  saveWeights(out, { model, tensors, vocab: tokenizer.size, tokenizer: tokenizerFolder, metrics, keepsOrigin })
  if (template) saveTemplate(out, template)
  const loss = heldOut ? `held-out loss ${heldOut.loss.toFixed(4)}` : `loss ${trainLoss.toFixed(4)}`
  return {
    metrics,
    engine: engine.description,
    summary: `${parametersOf(count)}, ${loss}`,
    detail: { sample, ...(learned && { sources: learned }) },
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
