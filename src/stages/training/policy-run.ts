/** Runs the kinds that learn from rewards. */

import { StageError } from '../../core/failure.ts'
import type { StageReport } from '../../core/report.ts'
import { LedgerBook } from '../../data/ledger.ts'
import { chatEncoder } from '../../text/chat/encode-chat.ts'
import { type PolicyMethod, trainPolicy } from '../../train/loops/policy/loop.ts'
import { RewardScorer } from '../../train/scores/reward-scores.ts'
import { loadChatWeights } from '../chat/chat-weights.ts'
import { encodedPrompts } from '../chat/prompt-examples.ts'
import type { RunningStage } from '../shared/define-kind.ts'
import type { StageServices } from '../shared/services.ts'
import type { policyInputs, policySettings, rolloutSettings } from './settings/policy-settings.ts'
import { saveTuned, tunedMetrics, tuningTask } from './settings/tuning.ts'

type PolicyStage = RunningStage<typeof policyInputs, ReturnType<typeof rolloutSettings> & typeof policySettings, 'out'>

/** Trains the weights by `method` and saves them. The ledger calls the stage `kind`. */
export async function runPolicy(
  kind: string,
  stage: PolicyStage,
  services: StageServices,
  method: PolicyMethod,
): Promise<StageReport> {
  const { settings, inputs, outputs } = stage
  const folder = inputs.weights.path
  const loaded = loadChatWeights(folder)
  const { model, tokenizer, template, ends } = loaded
  const encoder = chatEncoder(template, tokenizer)

  const book = new LedgerBook()
  const prompts: Uint32Array[] = []
  const longest = model.context - settings.max_tokens
  for await (const { prompt, ids } of encodedPrompts(inputs.on.path, { encoder, longest, step: kind, book, stage })) {
    prompts.push(ids)
    book.out.add(prompt.messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0))
  }
  if (prompts.length === 0) throw noPrompts(model.context, settings.max_tokens)

  const engine = await services.engine(settings.engine)
  const { threads } = stage
  const trained = await trainPolicy(
    {
      ...tuningTask(stage, loaded, engine),
      known: tokenizer.known,
      prompts,
      stop: ends,
      scorer: (compiler, rows) => RewardScorer.load(inputs.reward.path, compiler, { threads, batch: rows }),
      decode: (ids) => tokenizer.decode(ids),
    },
    method,
  )
  const { first, last } = trained
  const metrics = {
    ...{ ...last, first_reward: first.reward },
    ...tunedMetrics(trained, settings),
    prompts: prompts.length,
  }
  saveTuned(outputs.out, { model, tuned: trained, settings, from: folder, tokenizer, template, metrics }, stage)
  return {
    metrics,
    engine: engine.description,
    ledger: book.ledger(),
    summary: `reward ${first.reward.toFixed(2)} → ${last.reward.toFixed(2)}, ${last.kl.toFixed(1)} nats from the reference`,
  }
}

function noPrompts(context: number, maxTokens: number): StageError {
  return new StageError(
    'nothing-left',
    `no prompt leaves room for ${maxTokens} tokens within the model's context of ${context}`,
    'Lower `max_tokens`, shorten the prompts, or use a model with a longer context.',
  )
}
