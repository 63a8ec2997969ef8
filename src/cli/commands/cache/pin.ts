/** `llmpipe cache pin WHAT [NAME]`: keeps an artefact, or all artefacts of a run, from `gc`. */

import type { Digest } from '../../../core/artefact.ts'
import type { FolderStore } from '../../../store/folder-store.ts'
import { defineCommand } from '../../command.ts'
import { type ProgramOptions, programOptions } from '../../common-options.ts'
import { write } from '../../terminal/output.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'

export const pin = defineCommand({
  name: 'pin',
  summary: 'keep an artefact, or all artefacts of a run, from gc',
  arguments: [
    {
      name: '<words...>',
      description: 'a program and its stage, a stage, a digest, or a run; then the name of the pin, if you want one',
      completes: 'programs',
    },
  ],
  options: programOptions,
  examples: [
    ['llmpipe cache pin pipeline.llmpipe base "the one we shipped"', 'a stage, under a name'],
    ['llmpipe cache pin 20261124-141523-1757e8', 'all artefacts of a run'],
  ],
  async run(words, options) {
    const { readPins, writePins } = await import('../../../store/care/collect.ts')
    const { storeFor } = await import('../../program/store-folder.ts')
    const { wordsForArtefact } = await import('../../artefact.ts')
    const isProgram = wordsForArtefact(words) === 2
    const store = storeFor(options, isProgram ? words[0] : undefined)
    const { digests, rest, name } = await artefactsOf(words, options, store)
    const pinName = rest.join(' ') || name
    writePins(store, { ...readPins(store), [pinName]: digests })
    write(`pinned as "${pinName}": ${digests.length} artefact${digests.length === 1 ? '' : 's'}\n`)
    return exit.done
  },
})

interface Named {
  readonly digests: readonly Digest[]
  /** The words behind those that name the artefacts. */
  readonly rest: readonly string[]
  readonly name: string
}

/** The artefacts that words name: those of a run (`20261124-141523-1757e8`), or those of a stage. */
async function artefactsOf(words: readonly string[], options: ProgramOptions, store: FolderStore): Promise<Named> {
  const [first = ''] = words
  const { digestsOfRun } = await import('../../../run/log/past-runs.ts')
  const ofRun = digestsOfRun(store.root, first)
  if (ofRun !== undefined) return { digests: ofRun, rest: words.slice(1), name: first }
  const { findArtefact, wordsForArtefact } = await import('../../artefact.ts')
  const count = wordsForArtefact(words)
  const found = await findArtefact(words.slice(0, count), options)
  const digests = found.artefacts.flatMap(({ digest }) => digest ?? [])
  if (digests.length === 0) throw new Refusal(`${first} is not in the store`)
  return { digests, rest: words.slice(count), name: found.name }
}
