/** `llmpipe generate WEIGHTS PROMPT`: lets a trained model continue a prompt. */

import { availableParallelism } from 'node:os'
import { defaultEngine } from '../../../engine/names.ts'
import type { OpenModel } from '../../../train/weights/model-folder.ts'
import { defineCommand } from '../../command.ts'
import { computingEngine, json, programOptions, pythonOption } from '../../common-options.ts'
import { flag } from '../../option.ts'
import { write, writeError, writeExactly } from '../../terminal/output.ts'
import { printJsonLine } from '../../terminal/print.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'
import { choicesOf, dateOption, samplingOptions } from '../../terminal/sampling.ts'

export const generate = defineCommand({
  name: 'generate',
  summary: 'let a trained model continue a prompt',
  arguments: [
    {
      name: '<weights...>',
      description:
        'a program and its stage, a stage of the store here, the beginning of a digest, a folder, or a .gguf file; then the prompt',
      completes: 'programs',
    },
  ],
  options: {
    ...samplingOptions,
    date: dateOption,
    raw: flag('use the prompt as it is, even if the model has a chat template'),
    ...programOptions,
    engine: computingEngine,
    python: pythonOption,
    json: { ...json, description: 'print {"prompt","text","tokens"} at the end' },
  },
  examples: [
    ['llmpipe generate pipeline.llmpipe base "It was a"', 'a stage of a program'],
    [
      'llmpipe generate base "It was a" -n 50 --seed 2',
      'the newest weights of that stage, in the store of this folder',
    ],
    ['llmpipe generate chat "Define whale."', 'fine-tuned weights answer through their chat template'],
    ['llmpipe generate out/assistant "It was a" -t 0', 'exported weights; always the most likely token'],
  ],
  async run(words, options) {
    if (options.python !== undefined) (await import('../../program/python.ts')).choosePython(options.python)
    const { findArtefact, weightsFolder, wordsForArtefact } = await import('../../artefact.ts')
    const count = wordsForArtefact(words)
    const found = await findArtefact(words.slice(0, count), { ...options, isEngineOptional: true })
    const folder = weightsFolder(found)
    const prompt = words.slice(count).join(' ')
    const { seed, ...sampling } = choicesOf(options)
    const { loadEngine } = await import('../../../engine/load.ts')
    const { Random } = await import('../../../core/values/random.ts')
    const { Generator } = await import('../../../train/generation/generator.ts')
    const { openModel } = await import('../../../train/weights/model-folder.ts')
    const { services } = await import('../../services.ts')
    const opened = await openModel(folder, services().architecture)
    const { model, tensors, tokenizer, ends: stop, notes } = opened
    for (const note of notes) writeError(`warning: ${note}\n`)
    const { ids, shown } = await begin(opened, prompt, options.raw, options.date)
    const engine = await loadEngine(options.engine ?? defaultEngine)
    const generator = new Generator(engine, model, {
      vocab: tokenizer.size,
      known: tokenizer.known,
      batch: 1,
      threads: availableParallelism(),
    })
    const decoder = tokenizer.stream()
    // A terminal gets control characters as escapes; a file or a pipe gets the text exactly as the model wrote it.
    const say = (piece: string) => {
      if (!options.json) (process.stdout.isTTY ? write : writeExactly)(piece)
    }
    let written = ''
    let tokens = 0
    say(shown)
    const random = new Random(seed, 'sampling')
    for await (const id of generator.stream(tensors, ids, { ...sampling, stop }, random)) {
      const piece = decoder.push(id)
      written += piece
      tokens++
      say(piece)
    }
    const rest = decoder.end()
    say(`${rest}\n`)
    if (options.json) printJsonLine({ prompt, text: written + rest, tokens })
    await generator.dispose()
    return exit.done
  },
})

interface Beginning {
  readonly ids: Uint32Array
  /** The text to print before the model continues it. */
  readonly shown: string
}

/** The tokens that the model continues: the prompt in its chat template, or the prompt as it is behind the token that begins texts. */
async function begin(
  { tokenizer, template }: OpenModel,
  prompt: string,
  raw: boolean,
  date?: string,
): Promise<Beginning> {
  if (template !== undefined && !raw) {
    const { chatEncoder } = await import('../../../text/chat/encode-chat.ts')
    const { withDate } = await import('../../../text/chat/template.ts')
    const dated = date === undefined ? template : withDate(template, date)
    return { ids: chatEncoder(dated, tokenizer).prompt([{ role: 'user', content: prompt }]), shown: '' }
  }
  if (date !== undefined)
    throw new Refusal(`--date is for a chat template, and ${raw ? '--raw leaves it out' : 'this model has none'}`)
  const encoded = [...tokenizer.wrap.before, ...tokenizer.encode(prompt)]
  if (encoded.length > 0) return { ids: Uint32Array.from(encoded), shown: prompt }
  const first = tokenizer.bos ?? tokenizer.endOfText
  if (first === undefined)
    throw new Refusal('the prompt is empty', 'This model has no token that begins a text: give it at least one word.')
  return { ids: Uint32Array.of(first), shown: prompt }
}
