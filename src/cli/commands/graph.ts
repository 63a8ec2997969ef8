/** `llmpipe graph FILE`: the plan drawn, as text or for Mermaid or Graphviz. */

import { type Command, programOptions, text as textOption } from '../command.ts'
import { write } from '../terminal/output.ts'
import { exit } from '../terminal/refusal.ts'

/** Lanes side by side, at two columns each: wider drawings are unreadable. */
const mostLanes = 100

export const graph: Command = {
  name: 'graph',
  summary: 'draw the stages of a program and what flows between them',
  arguments: [{ name: '<file>', description: 'the program', completes: 'programs' }],
  options: [
    ...programOptions,
    {
      flags: '-f, --format <format>',
      description: 'text, mermaid or dot; text where not given',
      choices: ['text', 'mermaid', 'dot'],
    },
  ],
  examples: [
    ['llmpipe graph pipeline.llmpipe', ''],
    ['llmpipe graph pipeline.llmpipe --format mermaid', 'for a README on GitHub'],
    ['llmpipe graph pipeline.llmpipe --format dot | dot -Tsvg > plan.svg', 'with Graphviz'],
  ],
  async run([file = ''], options) {
    const { openProgram } = await import('../program/open-program.ts')
    const plan = (await openProgram(file, options))?.plan
    if (plan === undefined) return exit.refused
    write(await drawn(textOption(options, 'format') ?? 'text'))
    return exit.done

    async function drawn(format: string): Promise<string> {
      if (plan === undefined) return ''
      if (format === 'mermaid') return (await import('../../plan/draw/mermaid.ts')).mermaid(plan)
      if (format === 'dot') return (await import('../../plan/draw/dot.ts')).dot(plan)
      const { text } = await import('../../plan/draw/text.ts')
      const { railsWithin } = await import('../../view/rails.ts')
      return text(plan, (nodes) => railsWithin(nodes, mostLanes))
    }
  },
}
