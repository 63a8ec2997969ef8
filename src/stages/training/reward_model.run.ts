/** Runs `reward_model`. */

import type { StageReport } from '../../core/report.ts'
import type { StageRun } from '../../core/stage.ts'
import { saveTemplate } from '../../text/chat/saved.ts'
import { type RewardSettings, trainReward } from '../../train/loops/reward.ts'
import type { TrainingHints } from '../../train/step/task.ts'
import { parameterCount } from '../../train/weights/parameters.ts'
import { saveWeights } from '../../train/weights/weights.ts'
import { loadChatWeights } from '../chat/chat-weights.ts'
import { templateParam } from '../chat/template-setting.ts'
import type { StageServices } from '../shared/services.ts'
import { rewardExamples } from './reward-examples.ts'

interface Params extends RewardSettings {
  readonly held_out: number
  readonly too_long: 'drop' | 'cut_start'
  readonly max_length?: number
  readonly engine: string
  readonly template?: object
}

export async function run(stage: StageRun, services: StageServices): Promise<StageReport> {
  const params = stage.params as unknown as Params
  const folder = stage.inputs.weights![0]!.path
  const given = params.template === undefined ? undefined : templateParam(stage.params)
  const { model, tensors, tokenizer, template } = loadChatWeights(folder, given)
  const options = {
    template,
    tokenizer,
    lengths: { context: model.context, max_length: params.max_length },
    tooLong: params.too_long,
    heldOut: params.held_out,
    seed: params.seed,
  }
  const examples = await rewardExamples(stage.inputs.on![0]!.path, options, stage)

  const trained = await trainReward({
    model,
    weights: tensors,
    vocab: tokenizer.size,
    train: examples.train,
    heldOut: examples.heldOut,
    settings: params,
    hints: stage.hints as unknown as TrainingHints,
    engine: await services.engine(params.engine),
    threads: stage.threads,
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
  const out = stage.outputs.out!
  saveWeights(out, { model: trained.model, slots, parameters, vocab: tokenizer.size, tokenizer: folder, metrics })
  saveTemplate(out, template)
  const percent = (share: number) => `${(100 * share).toFixed(1)}%`
  const measured = heldOut ?? train
  const of = heldOut ? `${heldOut.pairs} held-out pairs` : `the ${train.pairs} pairs learned from`
  return {
    metrics,
    ledger: examples.ledger,
    summary: `accuracy ${percent(measured.accuracy)} on ${of}, calibration error ${percent(measured.calibrationError)}`,
    detail: { calibration: measured.bins, scores, margins: measured.margins },
  }
}
