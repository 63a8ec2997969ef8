/** `llmpipe cache import FOLDER`: takes records and artefacts from a folder, each checked by its digest. */

import { defineCommand } from '../../command.ts'
import { storeOption } from '../../common-options.ts'
import { printCarried } from './carried.ts'

export const importFrom = defineCommand({
  name: 'import',
  summary: 'take artefacts and their records from a folder, each checked by its digest',
  arguments: [{ name: '<folder>', description: 'a folder that cache export wrote' }],
  options: { store: storeOption },
  examples: [['llmpipe cache import /mnt/share/cache', 'into the store of this folder']],
  async run([folder = ''], options) {
    const { carry } = await import('../../../store/care/carry.ts')
    const { inventory } = await import('../../../store/care/inventory.ts')
    const { storeFor, storeIn } = await import('../../program/store-folder.ts')
    const other = storeIn(folder)
    return printCarried(await carry(other, storeFor(options), inventory(other).actions.keys()), 'imported')
  },
})
