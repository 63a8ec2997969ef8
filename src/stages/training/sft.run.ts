/** Runs `sft`. */

import { sft as train } from '../../train/loops/sft.ts'
import { loadChatWeights } from '../chat/chat-weights.ts'
import { givenTemplate } from '../chat/template-setting.ts'
import type { RunOf } from '../shared/define-kind.ts'
import { sftExamples } from './examples/sft-examples.ts'
import { saveTuned, tunedMetrics, tuningTask } from './settings/tuning.ts'

export const run: RunOf<typeof import('./sft.ts').sft> = async (stage, services) => {
  const { settings, inputs, outputs } = stage
  const folder = inputs.weights.path
  const loaded = loadChatWeights(folder, givenTemplate(settings))
  const { model, tokenizer, template } = loaded
  const options = {
    template,
    tokenizer,
    lengths: { context: model.context, max_length: settings.max_length },
    tooLong: settings.too_long,
    validate: inputs.validate?.path,
    heldOut: settings.held_out,
    seed: settings.seed,
  }
  const { train: examples, heldOut, pairs, ledger } = await sftExamples(inputs.on.path, options, stage)

  const engine = await services.engine(settings.engine)
  const tuned = await train({ ...tuningTask(stage, loaded, engine), train: examples, heldOut })

  const { trainLoss, heldOut: measured } = tuned
  const metrics = {
    train_loss: trainLoss,
    ...(measured && {
      valid_loss: measured.tuned,
      perplexity: Math.exp(measured.tuned),
      base_loss: measured.base,
      held_out_pairs: pairs.heldOut,
    }),
    ...tunedMetrics(tuned, settings),
    pairs: pairs.train,
    ...(examples.length === pairs.train ? {} : { examples: examples.length }),
  }
  saveTuned(outputs.out, { model, tuned, settings, from: folder, tokenizer, template, metrics }, stage)
  const loss = measured
    ? `held-out loss ${measured.base.toFixed(4)} → ${measured.tuned.toFixed(4)}`
    : `loss ${trainLoss.toFixed(4)}`
  return {
    metrics,
    engine: engine.description,
    ledger,
    summary: `${pairs.train.toLocaleString('en-US')} pairs, ${loss}`,
  }
}
