/** Runs `reward_model`. */

import { trainReward } from '../../train/loops/reward.ts'
import { loadChatWeights } from '../chat/chat-weights.ts'
import { givenTemplate } from '../chat/template-setting.ts'
import type { RunOf } from '../shared/define-kind.ts'
import { rewardExamples } from './examples/reward-examples.ts'
import { saveTuned, tunedMetrics, tuningTask } from './settings/tuning.ts'

export const run: RunOf<typeof import('./reward_model.ts').rewardModel> = async (stage, services) => {
  const { settings, inputs, outputs } = stage
  const folder = inputs.weights.path
  const loaded = loadChatWeights(folder, givenTemplate(settings))
  const { model, tokenizer, template } = loaded
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
    ...tuningTask(stage, loaded, engine),
    train: examples.train,
    heldOut: examples.heldOut,
  })

  const { heldOut, train, scores, scale } = trained
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
    ...tunedMetrics(trained, settings),
  }
  saveTuned(
    outputs.out,
    { model: trained.model, tuned: trained, settings, from: folder, tokenizer, template, metrics },
    stage,
  )
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
