/** Runs `generate`. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Interrupted, StageError } from '../../core/failure.ts'
import { Random } from '../../core/values/random.ts'
import { ExampleWriter, textsOf } from '../../data/conversations/examples.ts'
import { LedgerBook } from '../../data/ledger.ts'
import { chatEncoder } from '../../text/chat/encode-chat.ts'
import { Generator } from '../../train/generation/generator.ts'
import { loadChatWeights } from '../chat/chat-weights.ts'
import { type EncodedPrompt, encodedPrompts } from '../chat/prompt-examples.ts'
import { givenTemplate } from '../chat/template-setting.ts'
import type { RunOf } from '../shared/define-kind.ts'
import { samplingOf } from './sampling-settings.ts'

/** The number of batches of answers that are generated before they are saved. */
const batchesPerSave = 4

export const run: RunOf<typeof import('./generate.ts').generate> = async (stage, services) => {
  const { settings, inputs, outputs } = stage
  const { responses, batch, logprobs } = settings
  const { model, tensors, tokenizer, template, ends } = loadChatWeights(inputs.weights.path, givenTemplate(settings))
  const encoder = chatEncoder(template, tokenizer)
  const shape = { vocab: tokenizer.size, known: tokenizer.known, batch, threads: stage.threads }
  const engine = await services.engine(settings.engine)
  const generator = new Generator(engine, model, shape)
  const writing = {
    ...samplingOf(settings),
    maxTokens: settings.max_tokens,
    stop: ends,
    logProbabilities: logprobs,
  }
  const writer = new ExampleWriter(outputs.out, 'Answers')
  const book = new LedgerBook()
  const started = performance.now()
  let answered = 0
  let tokens = 0
  let ended = 0

  const answer = async (prompts: readonly EncodedPrompt[]) => {
    const asked = prompts.flatMap(({ ids }) => new Array<Uint32Array>(responses).fill(ids))
    const randoms = asked.map((_, i) => new Random(settings.seed, 'answers', answered + i))
    const completions = await generator.complete(tensors, asked, writing, randoms)
    for (const [i, { prompt }] of prompts.entries()) {
      const own = completions.slice(i * responses, (i + 1) * responses)
      const texts = own.map((each) => ({
        text: tokenizer.decode(each.ended ? each.tokens.slice(0, -1) : each.tokens),
        ended: each.ended,
        ...(logprobs ? { logprob: each.logProbabilities.reduce((sum, p) => sum + p, 0) } : {}),
      }))
      const answers = { ...prompt, responses: texts }
      writer.write(answers)
      book.out.add(Buffer.byteLength(textsOf(answers).join('\n\n')))
      tokens += own.reduce((sum, each) => sum + each.tokens.length, 0)
      ended += own.filter((each) => each.ended).length
    }
    answered += asked.length
    const tokensPerSecond = Math.round((1000 * tokens) / (performance.now() - started))
    stage.emit({ event: 'progress', done: answered, unit: 'answers' })
    stage.emit({ event: 'metric', step: answered, tokensPerSecond })
    const { messages } = prompts[0]!.prompt
    const text = tokenizer.decode(completions[0]!.tokens)
    stage.emit({ event: 'sample', step: answered, prompt: messages.at(-1)!.content, text })
    if (stage.signal.aborted) throw new Interrupted()
  }

  let waiting: EncodedPrompt[] = []
  const longest = model.context - 1
  const asking = { encoder, longest, step: 'generate', book, stage }
  for await (const prompt of encodedPrompts(inputs.on.path, asking)) {
    waiting.push(prompt)
    if (waiting.length * responses < batchesPerSave * batch) continue
    await answer(waiting)
    waiting = []
  }
  if (waiting.length > 0) await answer(waiting)
  await generator.dispose()
  writer.close()
  if (answered === 0) throw nothingAnswered(model.context)

  const rate = Math.round((1000 * tokens) / (performance.now() - started))
  const number = (n: number) => n.toLocaleString('en-US')
  const lengths = { tokens, mean_length: tokens / answered }
  writeFileSync(join(outputs.out, 'metrics.json'), `${JSON.stringify(lengths, undefined, 2)}\n`)
  return {
    engine: engine.description,
    metrics: { responses: answered, ...lengths, ended: ended / answered },
    ledger: book.ledger(),
    summary: `${number(answered)} answers of ${number(tokens)} tokens, ${number(rate)} tokens/s`,
  }
}

function nothingAnswered(context: number): StageError {
  return new StageError(
    'nothing-left',
    `no prompt leaves room for an answer within the model's context of ${context} tokens`,
    'Give it shorter prompts, or a model of longer context.',
  )
}
