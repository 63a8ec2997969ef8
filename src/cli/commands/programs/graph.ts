/** `llmpipe graph FILE`: the plan drawn, as text or for Mermaid or Graphviz. */

import type { Plan } from '../../../core/plan.ts'
import { defineCommand } from '../../command.ts'
import { programOptions } from '../../common-options.ts'
import { choice } from '../../option.ts'
import { write } from '../../terminal/output.ts'
import { exit } from '../../terminal/refusal.ts'

/** Lanes side by side, at two columns each: wider drawings are unreadable. */
const maxLanes = 100

const formats = ['text', 'mermaid', 'dot'] as const

export const graph = defineCommand({
  name: 'graph',
  summary: 'draw the stages of a program and what flows between them',
  arguments: [{ name: '<file>', description: 'the program', completes: 'programs' }],
  options: {
    ...programOptions,
    format: choice('format', formats, 'text, mermaid or dot; text if not given', 'f'),
  },
  examples: [
    ['llmpipe graph pipeline.llmpipe', ''],
    ['llmpipe graph pipeline.llmpipe --format mermaid', 'for a README on GitHub'],
    ['llmpipe graph pipeline.llmpipe --format dot | dot -Tsvg > plan.svg', 'with Graphviz'],
  ],
  async run([file = ''], { format = 'text', ...options }) {
    const { openProgram } = await import('../../program/open-program.ts')
    const { plan } = await openProgram(file, options)
    write(await drawings[format](plan))
    return exit.done
  },
})

const drawings: Readonly<Record<(typeof formats)[number], (plan: Plan) => Promise<string>>> = {
  mermaid: async (plan) => (await import('../../../plan/draw/mermaid.ts')).mermaid(plan),
  dot: async (plan) => (await import('../../../plan/draw/dot.ts')).dot(plan),
  async text(plan) {
    const { text } = await import('../../../plan/draw/text.ts')
    const { railsWithin } = await import('../../../view/charts/rails.ts')
    return text(plan, (nodes) => railsWithin(nodes, maxLanes))
  },
}
