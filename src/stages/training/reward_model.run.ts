/** Runs `reward_model`. */

import { saveTemplate } from '../../text/chat/saved.ts'
import { trainReward } from '../../train/loops/reward.ts'
import { parameterCount } from '../../train/weights/parameters.ts'
import { saveWeights } from '../../train/weights/weights.ts'
import { loadChatWeights } from '../chat/chat-weights.ts'
import { givenTemplate } from '../chat/template-setting.ts'
import type { RunOf } from '../shared/define-kind.ts'
import { rewardExamples } from './reward-examples.ts'

export const run: RunOf<typeof import('./reward_model.ts').rewardModel> = async (stage, services) => {
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
  const trained = await trainReward({
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

  const { heldOut, train, scores, slots, parameters, scale } = trained
  const metrics = {
    ...(heldOut && {
      accuracy: heldOut.accuracy,
      accuracy_low: heldOut.interval.low,
      accuracy_high: heldOut.interval.high,
      valid_loss: heldOut.loss,
      calibration_error: heldOut.calibrationError,
      brier: heldOut.brier,
      held_out_pairs: heldOut.pairs,
    }),
    train_accuracy: train.accuracy,
    train_loss: train.loss,
    train_pairs: train.pairs,
    score_mean: scores.mean,
    score_deviation: scores.deviation,
    score_scale: scale,
    parameters: parameterCount(slots),
  }
  saveWeights(outputs.out, {
    model: trained.model,
    slots,
    parameters,
    vocab: tokenizer.size,
    tokenizer: folder,
    metrics,
  })
  saveTemplate(outputs.out, template)
  const percent = (share: number) => `${(100 * share).toFixed(1)}%`
  const measured = heldOut ?? train
  const pairs = heldOut ? `${heldOut.pairs} held-out pairs` : `the ${train.pairs} pairs learned from`
  return {
    metrics,
    engine: engine.description,
    ledger: examples.ledger,
    summary: `accuracy ${percent(measured.accuracy)} on ${pairs}, calibration error ${percent(measured.calibrationError)}`,
    detail: { calibration: measured.bins, scores, margins: measured.margins },
  }
}
