/** Runs `generate`. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Interrupted, StageError } from '../../core/failure.ts'
import { Random } from '../../core/values/random.ts'
import { ExampleWriter, textsOf } from '../../data/conversations/examples.ts'
import { LedgerBook } from '../../data/ledger.ts'
import { chatEncoder } from '../../text/chat/encode-chat.ts'
import { type Completion, Generator } from '../../train/generation/generator.ts'
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
  const devices = engine.devices?.(stage.gpus ?? 0) ?? 1
  const others = devices > 1 ? ((await engine.others?.(devices - 1)) ?? []) : []
  const generator = new Generator(engine, model, shape, others)
  const writing = {
    ...samplingOf(settings),
    maxTokens: settings.max_tokens,
    stop: ends,
    logProbabilities: logprobs,
  }
  const writer = new ExampleWriter(outputs.out, 'Answers')
  const book = new LedgerBook()
  const started = performance.now()
  let begun = 0
  let answered = 0
  let tokens = 0
  let ended = 0

  /** Answers that are being generated, in the order of their prompts: enough for all devices. */
  const underWay: { readonly prompts: readonly EncodedPrompt[]; readonly completions: Promise<Completion[]> }[] = []
  const mostUnderWay = devices === 1 ? 1 : 1 + Math.ceil(devices / batchesPerSave)
  const ask = async (prompts: readonly EncodedPrompt[]) => {
    const asked = prompts.flatMap(({ ids }) => new Array<Uint32Array>(responses).fill(ids))
    const first = begun
    begun += asked.length
    const randoms = asked.map((_, i) => new Random(settings.seed, 'answers', first + i))
    const completions = generator.complete(tensors, asked, writing, randoms)
    // A failure is reported by whoever saves them.
    completions.catch(() => {})
    underWay.push({ prompts, completions })
    if (underWay.length >= mostUnderWay) await save()
  }
  const save = async () => {
    const { prompts, completions: pending } = underWay.shift()!
    const completions = await pending
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
    answered += completions.length
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
    await ask(waiting)
    waiting = []
  }
  if (waiting.length > 0) await ask(waiting)
  while (underWay.length > 0) await save()
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
