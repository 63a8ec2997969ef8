/** `llmpipe cache export FOLDER [FILE]`: copies records and artefacts into a folder, for another machine. */

import { defineCommand } from '../../command.ts'
import { programOptions } from '../../common-options.ts'
import { printCarried } from './carried.ts'

export const exportTo = defineCommand({
  name: 'export',
  summary: 'copy artefacts and their records into a folder, for another machine',
  arguments: [
    { name: '<folder>', description: 'the folder, which is a store itself' },
    { name: '[file]', description: 'a program, to copy only its artefacts', completes: 'programs' },
  ],
  options: programOptions,
  examples: [
    ['llmpipe cache export /mnt/share/cache', 'everything in the store of this folder'],
    ['llmpipe cache export /mnt/share/cache pipeline.llmpipe', 'the artefacts of that program'],
  ],
  async run([folder = '', file], options) {
    const { carry } = await import('../../../store/care/carry.ts')
    const { inventory } = await import('../../../store/care/inventory.ts')
    const { storeFor, storeIn } = await import('../../program/store-folder.ts')
    const { keysOfProgram } = await import('./keys.ts')
    const store = storeFor(options, file)
    const keys = file === undefined ? inventory(store).actions.keys() : await keysOfProgram(file, options)
    return printCarried(await carry(store, storeIn(folder), keys), 'exported')
  },
})
