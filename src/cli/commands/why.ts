/** `llmpipe why FILE STAGE`: what made it run, down to the root cause. */

import { type Command, common } from '../command.ts'
import { write } from '../terminal/output.ts'
import { printJson } from '../terminal/print.ts'
import { exit } from '../terminal/refusal.ts'

export const why: Command = {
  name: 'why',
  summary: 'say why a stage ran, or would run: the settings and inputs that differ from the nearest earlier run',
  arguments: [
    { name: '<file>', description: 'the program', completes: 'programs' },
    { name: '<stage>', description: 'a stage, as plan lists them' },
  ],
  options: [common.param, common.store, common.engine, common.json],
  examples: [
    ['llmpipe why pipeline.llmpipe base', ''],
    ['llmpipe why pipeline.llmpipe base -p steps=50', 'why it would run with another value of a param'],
  ],
  async run([file = '', name = ''], options) {
    const { openProgram } = await import('../program/open-program.ts')
    const { nodeOrRefusal } = await import('../program/current.ts')
    const { printWhy, why: explain } = await import('../../run/explain/why.ts')
    const opened = await openProgram(file, options)
    if (opened === undefined) return exit.refused
    const { plan, openStore: store, folder: programDir } = opened
    nodeOrRefusal(plan, name)
    const explained = await explain(plan, name, { store, programDir })
    if (explained === undefined) return exit.refused
    if (options.json) printJson(explained)
    else for (const line of printWhy(explained)) write(`${line}\n`)
    return exit.done
  },
}
