/** `llmpipe help [TOPIC]`: the help of a command, or the reference of a kind of stage. */

import type { Command } from '../command.ts'
import { write } from '../terminal/output.ts'
import { exit, Refusal } from '../terminal/refusal.ts'

export const help: Command = {
  name: 'help',
  summary: 'print the help of a command, or the reference of a kind of stage',
  arguments: [{ name: '[topic]', description: 'a command or a kind', completes: 'kinds' }],
  examples: [
    ['llmpipe help run', ''],
    ['llmpipe help train_bpe', 'its inputs and settings'],
  ],
  async run([topic]) {
    const { parserOf } = await import('../main.ts')
    const parser = parserOf(() => async () => {})
    if (topic === undefined) {
      parser.outputHelp()
      return exit.done
    }
    const command = parser.commands.find((each) => each.name() === topic)
    if (command !== undefined) {
      command.outputHelp()
      return exit.done
    }
    const { referenceOfName, referencedNames } = await import('../reference/callable-reference.ts')
    const reference = referenceOfName(topic)
    if (reference === undefined) {
      const { nearest } = await import('../../../grammar/nearest.ts')
      const close = nearest(topic, [...parser.commands.map((each) => each.name()), ...referencedNames()])
      throw new Refusal(
        `there is neither a command nor a kind of stage called ${topic}`,
        close === undefined ? 'llmpipe kinds lists the kinds.' : `Did you mean ${close}?`,
      )
    }
    write(reference)
    return exit.done
  },
}
