/** `llmpipe funnel FILE [STAGE…]`: how many documents each stage and each rule of a program leaves. */

import { defineCommand } from '../../command.ts'
import { json, programOptions } from '../../common-options.ts'
import { writeError } from '../../terminal/output.ts'
import { columns, print, printJson } from '../../terminal/print.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'

export const funnel = defineCommand({
  name: 'funnel',
  summary: 'show how many documents each stage and each rule leaves, from the files to the tokens',
  details: `The counts are those of the ledgers, so nothing is read again. Rules that dropped nothing are left out: llmpipe kinds and the
    program name them.`,
  arguments: [
    { name: '<file>', description: 'the program', completes: 'programs' },
    { name: '[stages...]', description: 'only these stages and those before them; all if none is named' },
  ],
  options: { ...programOptions, json },
  examples: [
    ['llmpipe funnel pipeline.llmpipe', 'all stages that read or write documents'],
    ['llmpipe funnel pipeline.llmpipe train', 'the way to one of them'],
    ['llmpipe funnel pipeline.llmpipe --json', 'with all digits'],
  ],
  async run([file = '', ...names], options) {
    const { openProgram } = await import('../../program/open-program.ts')
    const { currentActions, missingNote, noStage } = await import('../../program/current-actions.ts')
    const { nodesNamed, upTo } = await import('../../../run/nodes/select.ts')
    const { funnelOf, isData } = await import('../../show/funnel.ts')
    const { funnelLines } = await import('../../../view/funnel.ts')
    const program = await openProgram(file, options)
    const wanted = names.flatMap((name) => {
      const found = nodesNamed(program.plan, name)
      if (found.length === 0) throw noStage(program.plan, name)
      return found.map(({ id }) => id)
    })
    const opened = wanted.length === 0 ? program : { ...program, plan: upTo(program.plan, new Set(wanted)) }
    const { actions, missing: unmade } = await currentActions(opened)
    const stages = funnelOf(actions)
    const missing = unmade.filter(({ outputs }) => isData(outputs.map(({ type }) => type.kind)))
    const note = await missingNote(opened, missing)
    if (options.json) printJson({ program: opened.plan.program, stages })
    else if (stages.length > 0) print(funnelLines(stages, { width: Math.min(160, columns()) }))
    else if (missing.length === 0) throw new Refusal(`${file} has no stage that reads or writes documents`)
    writeError(note)
    return exit.done
  },
})
