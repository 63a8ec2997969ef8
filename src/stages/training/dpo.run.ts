/** Runs `dpo`. */

import { saveTemplate } from '../../text/chat/saved.ts'
import { dpo as train } from '../../train/loops/dpo.ts'
import { parameterCount } from '../../train/weights/parameters.ts'
import { saveWeights } from '../../train/weights/weights.ts'
import { loadChatWeights } from '../chat/chat-weights.ts'
import { givenTemplate } from '../chat/template-setting.ts'
import type { RunOf } from '../shared/define-kind.ts'
import { rewardExamples } from './reward-examples.ts'

export const run: RunOf<typeof import('./dpo.ts').dpo> = async (stage, services) => {
  const { settings, hints, inputs, outputs } = stage
  const folder = inputs.weights.path
  const { model, tensors, tokenizer, template } = loadChatWeights(folder, givenTemplate(settings))
  const options = {
    template,
    tokenizer,
    lengths: { context: model.context, max_length: settings.max_length },
    tooLong: settings.too_long,
    heldOut: settings.held_out,
    seed: settings.seed,
  }
  const examples = await rewardExamples(inputs.on.path, options, stage)

  const engine = await services.engine(settings.engine)
  const {
    heldOut,
    train: learned,
    slots,
    parameters,
  } = await train({
    model,
    weights: tensors,
    vocab: tokenizer.size,
    train: examples.train,
    heldOut: examples.heldOut,
    settings,
    hints,
    engine,
    threads: stage.threads,
    gpus: stage.gpus,
    work: stage.work,
    signal: stage.signal,
    emit: stage.emit,
  })

  const measured = heldOut ?? learned
  const metrics = {
    ...(heldOut && {
      accuracy: heldOut.accuracy,
      accuracy_low: heldOut.interval.low,
      accuracy_high: heldOut.interval.high,
      valid_loss: heldOut.loss,
      held_out_pairs: heldOut.pairs,
    }),
    margin: measured.margins.mean,
    train_accuracy: learned.accuracy,
    train_loss: learned.loss,
    train_pairs: learned.pairs,
    parameters: parameterCount(slots),
  }
  saveWeights(outputs.out, { model, slots, parameters, vocab: tokenizer.size, tokenizer: folder, metrics })
  saveTemplate(outputs.out, template)
  const pairs = heldOut ? `${measured.pairs} held-out pairs` : `the ${measured.pairs} pairs learned from`
  return {
    metrics,
    engine: engine.description,
    ledger: examples.ledger,
    summary: `accuracy ${(100 * measured.accuracy).toFixed(1)}% on ${pairs}, margin ${measured.margins.mean.toFixed(2)}`,
    detail: { margins: measured.margins },
  }
}
