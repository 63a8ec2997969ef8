/** `llmpipe cache push [FILE]`: puts artefacts into the remote cache, without a run. */

import { defineCommand } from '../../command.ts'
import { json, programOptions } from '../../common-options.ts'
import { remoteOptions } from '../../program/remote.ts'

export const push = defineCommand({
  name: 'push',
  summary: 'put the artefacts that the remote cache lacks into it',
  arguments: [{ name: '[file]', description: 'a program, to push only its artefacts', completes: 'programs' }],
  options: { ...remoteOptions, ...programOptions, json },
  examples: [
    ['llmpipe cache push --remote s3://models/cache', 'everything in the store of this folder'],
    ['llmpipe cache push pipeline.llmpipe', 'the artefacts of that program, into LLMPIPE_REMOTE'],
  ],
  async run([file], options) {
    const { inventory } = await import('../../../store/care/inventory.ts')
    const { storeFor } = await import('../../program/store-folder.ts')
    const { keysOfProgram } = await import('./keys.ts')
    const { withRemote } = await import('./with-remote.ts')
    const store = storeFor(options, file)
    return withRemote(store, options, async (remote) => {
      const keys = file === undefined ? inventory(store).actions.keys() : await keysOfProgram(file, options)
      for (const key of keys) {
        const action = await store.lookup(key)
        // `true`: ask the remote cache about each file again, whatever this machine remembers of it.
        if (action !== undefined) remote.push(action, true)
      }
    })
  },
})
