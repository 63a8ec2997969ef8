/** `llmpipe plan FILE`: which stages would run, which are cached, and why. */

import { defineCommand } from '../../command.ts'
import { json, programOptions } from '../../common-options.ts'
import { remoteFor, remoteOptions } from '../../program/remote.ts'
import { writeError } from '../../terminal/output.ts'
import { print, printJson, tableColumns } from '../../terminal/print.ts'
import { exit } from '../../terminal/refusal.ts'

export const plan = defineCommand({
  name: 'plan',
  summary: 'list which stages would run, which are cached, and why; run nothing',
  arguments: [{ name: '<file>', description: 'the program', completes: 'programs' }],
  options: {
    ...programOptions,
    ...remoteOptions,
    json: { ...json, description: 'print the whole plan as JSON' },
  },
  examples: [
    ['llmpipe plan pipeline.llmpipe', ''],
    ['llmpipe plan pipeline.llmpipe -p steps=50', 'which stages another value of a param would run'],
    ['llmpipe plan pipeline.llmpipe --json', 'with all settings, for tools'],
  ],
  async run([file = ''], options) {
    const { openProgramToRun } = await import('../../program/open-program.ts')
    const { status } = await import('../../../run/explain/status.ts')
    const { plan: compiled, store, folder: programDir } = await openProgramToRun(file, options)
    const remote = await remoteFor(options, store)
    if (remote) remote.onTrouble = (message) => writeError(`${message}\n`)
    const nodes = await status(compiled, {
      store,
      programDir,
      ...(remote === undefined ? {} : { elsewhere: (key, misfit) => remote.peek(key, misfit) }),
    })
    await remote?.close()
    if (options.json) {
      printJson({ ...compiled, nodes })
      return exit.done
    }
    const { table } = await import('../../../view/table.ts')
    const { cutLine, seg } = await import('../../../view/line.ts')
    const rows = table(
      [{ title: '', tone: 'bold', most: 40 }, { title: '', tone: 'dim' }, { title: '' }],
      nodes.map(({ name, kind, resources: { gpus = 0 }, status: state, reason, remote: isRemote }) => [
        name,
        gpus > 0 ? `${kind}, ${gpus} GPU${gpus === 1 ? '' : 's'}` : kind,
        state === 'run' ? reason : isRemote ? 'cached, in the remote cache' : 'cached',
      ]),
    )
    print(
      rows.map((row, index) => {
        const isCached = nodes[index]?.status === 'cached'
        const [mark, tone] = isCached ? (['=', 'good'] as const) : (['+', 'accent'] as const)
        return cutLine([seg(`${mark} `, tone), ...row], tableColumns(60))
      }),
    )
    const run = nodes.filter(({ status: state }) => state === 'run').length
    print([[], [seg(`${run} to run, ${nodes.length - run} cached`)]])
    return exit.done
  },
})
