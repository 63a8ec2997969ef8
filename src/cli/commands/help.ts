/** `llmpipe help [TOPIC]`: the help of a command, or the reference of a stage kind. */

import { defineCommand } from '../command.ts'
import { write } from '../terminal/output.ts'
import { exit, Refusal } from '../terminal/refusal.ts'

export const help = defineCommand({
  name: 'help',
  summary: 'print the help of a command, or the reference of a stage kind',
  arguments: [{ name: '[topic...]', description: 'a command or a stage kind', completes: 'kinds' }],
  examples: [
    ['llmpipe help run', ''],
    ['llmpipe help cache gc', ''],
    ['llmpipe help train_bpe', 'its inputs and settings'],
  ],
  async run(topic, _, { commands }) {
    const { parserOf } = await import('../parser.ts')
    let parser = parserOf(commands)
    const [name] = topic
    if (name === undefined) {
      parser.outputHelp()
      return exit.done
    }
    const named = parser.commands.find((each) => each.name() === name)
    if (named === undefined)
      return describe(
        topic.join(' '),
        parser.commands.map((each) => each.name()),
      )
    parser = named
    for (const word of topic.slice(1)) {
      const below = parser.commands.find((each) => each.name() === word)
      if (below === undefined) throw new Refusal(`${parser.name()} has no command ${word}`, `llmpipe help ${name}`)
      parser = below
    }
    parser.outputHelp()
    return exit.done
  },
})

/** Prints the reference of a stage kind or of another name that a program can call. Throws a Refusal for an unknown name. */
async function describe(name: string, commandNames: readonly string[]): Promise<number> {
  const { referenceOfName, referencedNames } = await import('../reference/callable-reference.ts')
  const reference = referenceOfName(name)
  if (reference === undefined) {
    const { nearest } = await import('../../../grammar/nearest.ts')
    const close = nearest(name, [...commandNames, ...referencedNames()])
    throw new Refusal(
      `there is neither a command nor a stage kind called ${name}`,
      close === undefined ? 'llmpipe kinds lists the stage kinds.' : `Did you mean ${close}?`,
    )
  }
  write(reference)
  return exit.done
}
