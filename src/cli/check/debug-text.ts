/** Prints the forms that the compiler turns a program into: tokens, syntax tree, tensor graphs and plan. */

import { parse } from '../../../grammar/parse.ts'
import { printTokens, printTree } from '../../../grammar/print.ts'
import type { Plan } from '../../core/plan.ts'
import { printGraph } from '../../model/print.ts'
import type { ModelSpec } from '../../model/spec.ts'
import type { ProgramOptions } from '../common-options.ts'
import { openProgram } from '../program/open-program.ts'
import { readSource } from '../program/sources.ts'
import { Refusal } from '../terminal/refusal.ts'
import type { DebugForm } from './debug-forms.ts'

/**
 * A form of the program in `file` as text. Tokens and tree are printed for programs with errors too; for the others, an error throws
 * Refused after it was printed.
 */
export async function debugText(form: DebugForm, file: string, options: ProgramOptions): Promise<string> {
  switch (form) {
    case 'tokens':
      return printTokens(file, sourceOf(file))
    case 'tree':
      return printTree(parse(file, sourceOf(file)).program)
    case 'graph': {
      const { plan } = await openProgram(file, options)
      // In a plan, which is plain JSON, the models have lost their type.
      return (Object.values(plan.models) as unknown as ModelSpec[])
        .map(({ $name, graph }) => `${$name}\n${printGraph(graph).replace(/^/gm, '  ')}`)
        .join('\n\n')
    }
    case 'plan':
      return planText((await openProgram(file, options)).plan)
  }
}

function sourceOf(file: string): string {
  const text = readSource(file)
  if (text === undefined) throw new Refusal(`${file} cannot be read`)
  return text
}

/**
 * A plan as text, each stage with its kind, its inputs and its settings:
 *
 *     tokens encode
 *       docs <- prose.out
 *       tokenizer <- letters.out
 *       {"chunk":1000}
 */
function planText({ nodes }: Plan): string {
  return nodes
    .map(({ id, kind, inputs, params }) => {
      const edges = Object.entries(inputs).flatMap(([role, refs]) =>
        refs.map(({ node, output }) => `  ${role} <- ${node}.${output}`),
      )
      return [`${id} ${kind}`, ...edges, `  ${JSON.stringify(params)}`].join('\n')
    })
    .join('\n')
}
