/** `llmpipe cache verify`: reads every byte of the store, and moves corrupt artefacts aside. */

import { defineCommand } from '../../command.ts'
import { json, storeOption } from '../../common-options.ts'
import { write } from '../../terminal/output.ts'
import { printJson } from '../../terminal/print.ts'
import { exit } from '../../terminal/refusal.ts'

export const verify = defineCommand({
  name: 'verify',
  summary: 'read every byte of the store, and move corrupt artefacts aside',
  details: 'The next run makes corrupt artefacts again. Exits with 1 if an artefact is corrupt.',
  options: { store: storeOption, json },
  examples: [['llmpipe cache verify', 'the store of this folder']],
  async run(_, options) {
    const { inventory } = await import('../../../store/care/inventory.ts')
    const { verify: check } = await import('../../../store/care/verify.ts')
    const { count } = await import('../../../view/format.ts')
    const { storeFor } = await import('../../program/store-folder.ts')
    const store = storeFor(options)
    const seen = inventory(store)
    const damage = await check(store, seen)
    if (options.json) printJson({ artefacts: seen.objects.size, damaged: damage })
    else {
      for (const { digest, file, stages } of damage) {
        const name = stages.join(', ') || digest.slice(0, 12)
        write(`corrupt: ${name}: ${file}; moved aside, the next run makes it again\n`)
      }
      write(`${count(seen.objects.size)} artefacts read, ${count(damage.length)} corrupt\n`)
    }
    return damage.length > 0 ? exit.failed : exit.done
  },
})
