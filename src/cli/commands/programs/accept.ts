/** `llmpipe accept FILE STAGE`: a stage keeps its earlier result, because what changed since is harmless. */

import { defineCommand } from '../../command.ts'
import { programOptions } from '../../common-options.ts'
import { write } from '../../terminal/output.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'

export const accept = defineCommand({
  name: 'accept',
  summary: 'keep the earlier result of a stage, because you judge the changes since harmless',
  details: `The result of the nearest earlier run counts as the result of the stage as it is now. Who accepted which changes is recorded, and shown by
    why, show and the provenance of exports. A run with --strict refuses such results; run --force STAGE makes the result again.`,
  arguments: [
    { name: '<file>', description: 'the program', completes: 'programs' },
    { name: '<stage>', description: 'a stage that would run, as plan lists them', completes: 'stages' },
  ],
  options: programOptions,
  examples: [['llmpipe accept pipeline.llmpipe base', 'after a change that cannot matter to base']],
  async run([file = '', name = ''], options) {
    const { openProgramToRun, commandLine } = await import('../../program/open-program.ts')
    const { nodeOrRefusal } = await import('../../program/current-actions.ts')
    const { accept: acceptResult } = await import('../../../run/vouch/accept.ts')
    const { whoIsHere } = await import('../../vouch/person.ts')
    const opened = await openProgramToRun(file, options)
    const node = nodeOrRefusal(opened.plan, name)
    const by = whoIsHere()
    const result = await acceptResult(opened.plan, node, { store: opened.store, programDir: opened.folder, by })
    switch (result.type) {
      case 'cached':
        throw new Refusal(`${node.name} is cached: there is nothing to accept`)
      case 'nothing':
        throw new Refusal(
          `${node.name} has no earlier result in the store`,
          `Run it: ${commandLine('run', opened)}. Or adopt a result from elsewhere: llmpipe adopt.`,
        )
      case 'not ready': {
        const missing = [...result.looked.values()].filter((each) => each.action === undefined && each.node !== node)
        const names = missing.map((each) => each.node.name).filter((each) => each !== node.name)
        throw new Refusal(
          names.length === 0
            ? `the files of ${node.name} cannot be read`
            : `${node.name} needs ${names.join(', ')}, which ${names.length === 1 ? 'has' : 'have'} no result yet`,
          'Accept or run the stages before it first.',
        )
      }
      case 'accepted':
        write(`${node.name} keeps the result of run ${result.earlier.run}, accepted by ${by}:\n`)
        for (const change of result.action.vouched?.changes ?? []) write(`  ${change}\n`)
        return exit.done
    }
  },
})
