/** `llmpipe chat WEIGHTS`: a conversation with a model, or with two at once. */

import { defaultEngine } from '../../../engine/names.ts'
import type { Found } from '../../artefact.ts'
import { defineCommand } from '../../command.ts'
import { computingEngine, json, programOptions, pythonOption } from '../../common-options.ts'
import { text } from '../../option.ts'
import { writeError } from '../../terminal/output.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'
import { choicesOf, dateOption, samplingOptions } from '../../terminal/sampling.ts'

export const chat = defineCommand({
  name: 'chat',
  summary: 'talk with a fine-tuned model, or with two at once',
  details: `Answers appear as the model writes them. Ctrl-C stops an answer, Ctrl-D leaves the chat. Two models receive the same messages
    and answer side by side. /help in the chat lists its commands.`,
  arguments: [
    {
      name: '<weights...>',
      description: 'a program and one or two of its stages; or one or two stages of the store here, digests or folders',
      completes: 'programs',
    },
  ],
  options: {
    ...samplingOptions,
    date: dateOption,
    system: text('text', 'begin with this system message'),
    ...programOptions,
    engine: computingEngine,
    python: pythonOption,
    json: { ...json, description: 'print {"model","text","tokens","seconds"} for each answer' },
  },
  examples: [
    ['llmpipe chat pipeline.llmpipe chat', 'a stage of a program'],
    ['llmpipe chat pipeline.llmpipe chat aligned', 'two stages side by side'],
    ['llmpipe chat out/assistant', 'exported weights'],
    ['echo "Define whale." | llmpipe chat out/assistant', 'each line of standard input is a message'],
  ],
  async run(words, options) {
    if (options.python !== undefined) (await import('../../program/python.ts')).choosePython(options.python)
    const { findArtefact, weightsFolder, wordsForArtefact } = await import('../../artefact.ts')
    const isProgram = wordsForArtefact(words) === 2
    const named = isProgram ? words.slice(1).map((stage) => [words[0]!, stage]) : words.map((word) => [word])
    if (named.length === 0) throw new Refusal('which stage of the program?', `For example: ${words[0]} chat.`)
    if (named.length > 2)
      throw new Refusal(
        `${named.length} models cannot chat at once`,
        'Name one model, or two that answer side by side.',
      )
    const found: Found[] = []
    for (const each of named) found.push(await findArtefact(each, { ...options, isEngineOptional: true }))
    const folders = found.map(weightsFolder)
    const names = found.map(({ name }, i) => (found[0]!.name === name && i > 0 ? `${name} ${i + 1}` : name))

    const { loadEngine } = await import('../../../engine/load.ts')
    const { Conversation } = await import('../../chat/conversation.ts')
    const { Speaker } = await import('../../chat/speaker.ts')
    const { Session } = await import('../../chat/session.ts')
    const { services } = await import('../../services.ts')
    const conversation = new Conversation(names, choicesOf(options))
    const { system, date } = options
    if (system !== undefined) conversation.begin(system)
    const engine = await loadEngine(options.engine ?? defaultEngine)
    const { architecture } = services()
    const speakers = await Promise.all(folders.map((folder) => Speaker.open(folder, engine, architecture, date)))
    for (const note of new Set(speakers.flatMap(({ notes }) => notes))) writeError(`warning: ${note}\n`)
    await new Session(conversation, speakers, { json: options.json }).run()
    for (const speaker of speakers) await speaker.dispose()
    return exit.done
  },
})
