/** Runs `dpo`. */

import { dpo as train } from '../../train/loops/dpo.ts'
import { loadChatWeights } from '../chat/chat-weights.ts'
import { givenTemplate } from '../chat/template-setting.ts'
import type { RunOf } from '../shared/define-kind.ts'
import { rewardExamples } from './examples/reward-examples.ts'
import { saveTuned, tunedMetrics, tuningTask } from './settings/tuning.ts'

export const run: RunOf<typeof import('./dpo.ts').dpo> = async (stage, services) => {
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
  const tuned = await train({
    ...tuningTask(stage, loaded, engine),
    train: examples.train,
    heldOut: examples.heldOut,
  })

  const { heldOut, train: learned } = tuned
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
    ...tunedMetrics(tuned, settings),
  }
  saveTuned(outputs.out, { model, tuned, settings, from: folder, tokenizer, template, metrics }, stage)
  const pairs = heldOut ? `${measured.pairs} held-out pairs` : `the ${measured.pairs} pairs learned from`
  return {
    metrics,
    engine: engine.description,
    ledger: examples.ledger,
    summary: `accuracy ${(100 * measured.accuracy).toFixed(1)}% on ${pairs}, margin ${measured.margins.mean.toFixed(2)}`,
    detail: { margins: measured.margins },
  }
}
