/** Runs `sft`. */

import { saveTemplate } from '../../text/chat/saved.ts'
import { sft as train } from '../../train/loops/sft.ts'
import { saveAdapter } from '../../train/weights/lora.ts'
import { flatten, parameterCount } from '../../train/weights/parameters.ts'
import { saveWeights } from '../../train/weights/weights.ts'
import { loadChatWeights } from '../chat/chat-weights.ts'
import { givenTemplate } from '../chat/template-setting.ts'
import type { RunOf } from '../shared/define-kind.ts'
import { sftExamples } from './sft-examples.ts'

export const run: RunOf<typeof import('./sft.ts').sft> = async (stage, services) => {
  const { settings, hints, inputs, outputs } = stage
  const folder = inputs.weights.path
  const { model, tensors, tokenizer, template } = loadChatWeights(folder, givenTemplate(settings))
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
  const tuned = await train({
    model,
    weights: tensors,
    vocab: tokenizer.size,
    train: examples,
    heldOut,
    settings,
    hints,
    engine,
    threads: stage.threads,
    gpus: stage.gpus,
    work: stage.work,
    signal: stage.signal,
    emit: stage.emit,
  })

  const { adapter, trainLoss, heldOut: measured } = tuned
  const { lora } = settings
  // An adapter that is not merged is saved beside the weights it was trained on.
  const isApart = lora?.merge === false && adapter !== undefined
  const { slots, parameters } = flatten(model, isApart ? tensors : tuned.tensors, tokenizer.size)
  const metrics = {
    train_loss: trainLoss,
    ...(measured && {
      valid_loss: measured.tuned,
      perplexity: Math.exp(measured.tuned),
      base_loss: measured.base,
      held_out_pairs: pairs.heldOut,
    }),
    parameters: parameterCount(slots),
    ...(adapter === undefined ? {} : { learned_parameters: tuned.learned }),
    pairs: pairs.train,
    ...(examples.length === pairs.train ? {} : { examples: examples.length }),
  }
  saveWeights(outputs.out, { model, slots, parameters, vocab: tokenizer.size, tokenizer: folder, metrics })
  if (isApart) saveAdapter(outputs.out, { ...lora, tensors: adapter }, model)
  saveTemplate(outputs.out, template)
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
