/** `llmpipe cache pull FILE`: takes the artefacts of a program from the remote cache, without a run. */

import { defineCommand } from '../../command.ts'
import { json, programOptions } from '../../common-options.ts'
import { remoteOptions } from '../../program/remote.ts'

export const pull = defineCommand({
  name: 'pull',
  summary: 'take the artefacts of a program from the remote cache',
  arguments: [{ name: '<file>', description: 'the program', completes: 'programs' }],
  options: { ...remoteOptions, ...programOptions, json },
  examples: [['llmpipe cache pull pipeline.llmpipe --remote s3://models/cache', 'before a journey']],
  async run([file = ''], options) {
    const { prepareStore } = await import('../../../store/layout.ts')
    const { storeFor } = await import('../../program/store-folder.ts')
    const { keysOfProgram } = await import('./keys.ts')
    const { withRemote } = await import('./with-remote.ts')
    const store = storeFor(options, file)
    prepareStore(store.root)
    return withRemote(store, options, async (remote, report) => {
      await keysOfProgram(file, options, async (key, misfit) => {
        const { action, problem } = await remote.pull(key, { misfit })
        if (problem !== undefined) report(`${key.slice(0, 12)} was not pulled: ${problem}`)
        return action
      })
    })
  },
})
