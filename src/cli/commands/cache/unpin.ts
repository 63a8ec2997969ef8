/** `llmpipe cache unpin NAME`: removes a pin. */

import { defineCommand } from '../../command.ts'
import { storeOption } from '../../common-options.ts'
import { write } from '../../terminal/output.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'

export const unpin = defineCommand({
  name: 'unpin',
  summary: 'remove a pin, so that gc may remove its artefacts',
  arguments: [{ name: '<name...>', description: 'the name of the pin' }],
  options: { store: storeOption },
  examples: [['llmpipe cache unpin "the one we shipped"', '']],
  async run(words, options) {
    const { readPins, writePins } = await import('../../../store/care/collect.ts')
    const { storeFor } = await import('../../program/store-folder.ts')
    const store = storeFor(options)
    const name = words.join(' ')
    const pins = readPins(store)
    if (!Object.hasOwn(pins, name)) {
      const names = Object.keys(pins).map((each) => `"${each}"`)
      throw new Refusal(
        `nothing is pinned as "${name}"`,
        names.length > 0 ? `The pins are ${names.join(', ')}.` : 'There are no pins.',
      )
    }
    const { [name]: _, ...left } = pins
    writePins(store, left)
    write(`unpinned "${name}"\n`)
    return exit.done
  },
})
