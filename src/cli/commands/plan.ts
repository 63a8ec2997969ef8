/** `llmpipe plan FILE`: what would run, what is cached, and why. */

import { type Command, common } from '../command.ts'
import { remoteFor, remoteOptions } from '../program/remote.ts'
import { writeError } from '../terminal/output.ts'
import { print, printJson, tableColumns } from '../terminal/print.ts'
import { exit } from '../terminal/refusal.ts'

export const plan: Command = {
  name: 'plan',
  summary: 'say what would run, what is cached, and why; run nothing',
  arguments: [{ name: '<file>', description: 'the program', completes: 'programs' }],
  options: [
    common.param,
    common.store,
    common.engine,
    ...remoteOptions,
    { ...common.json, description: 'print the whole plan as JSON' },
  ],
  examples: [
    ['llmpipe plan pipeline.llmpipe', ''],
    ['llmpipe plan pipeline.llmpipe -p steps=50', 'what another value of a param would cost'],
    ['llmpipe plan pipeline.llmpipe --json', 'with all settings, for tools'],
  ],
  async run([file = ''], options) {
    const { openProgram } = await import('../program/open-program.ts')
    const { status } = await import('../../run/explain/status.ts')
    const opened = await openProgram(file, options)
    if (opened === undefined) return exit.refused
    const { plan: compiled, openStore: store, folder: programDir } = opened
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
    const { table } = await import('../../view/table.ts')
    const { cutLine, seg } = await import('../../view/line.ts')
    const rows = table(
      [{ title: '', tone: 'bold', most: 40 }, { title: '', tone: 'dim' }, { title: '' }],
      nodes.map(({ name, kind, resources: { gpus = 0 }, status: state, reason, remote: there }) => [
        name,
        gpus > 0 ? `${kind}, ${gpus} GPU${gpus === 1 ? '' : 's'}` : kind,
        state === 'run' ? reason : there ? 'cached, in the remote cache' : 'cached',
      ]),
    )
    print(
      rows.map((row, index) => {
        const cached = nodes[index]?.status === 'cached'
        const [mark, tone] = cached ? (['=', 'good'] as const) : (['+', 'accent'] as const)
        return cutLine([seg(`${mark} `, tone), ...row], tableColumns(60))
      }),
    )
    const run = nodes.filter(({ status: state }) => state === 'run').length
    print([[], [seg(`${run} to run, ${nodes.length - run} cached`)]])
    return exit.done
  },
}
