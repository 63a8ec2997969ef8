/** `llmpipe why FILE STAGE`: why a stage ran or would run, down to the root cause. */

import { defineCommand } from '../../command.ts'
import { json, programOptions } from '../../common-options.ts'
import { write } from '../../terminal/output.ts'
import { printJson } from '../../terminal/print.ts'
import { exit } from '../../terminal/refusal.ts'

export const why = defineCommand({
  name: 'why',
  summary: 'explain why a stage ran, or would run: the settings and inputs that differ from the nearest earlier run',
  arguments: [
    { name: '<file>', description: 'the program', completes: 'programs' },
    { name: '<stage>', description: 'a stage, as plan lists them', completes: 'stages' },
  ],
  options: { ...programOptions, json },
  examples: [
    ['llmpipe why pipeline.llmpipe base', ''],
    ['llmpipe why pipeline.llmpipe base -p steps=50', 'why it would run with another value of a param'],
  ],
  async run([file = '', name = ''], options) {
    const { openProgram } = await import('../../program/open-program.ts')
    const { nodeOrRefusal } = await import('../../program/current-actions.ts')
    const { printWhy, why: explain } = await import('../../../run/explain/why.ts')
    const { plan, store, folder: programDir } = await openProgram(file, options)
    nodeOrRefusal(plan, name)
    const explained = await explain(plan, name, { store, programDir })
    if (explained === undefined) return exit.refused
    if (options.json) printJson(explained)
    else for (const line of printWhy(explained)) write(`${line}\n`)
    return exit.done
  },
})
