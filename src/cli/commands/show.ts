/** `llmpipe show ARTEFACT`: a view of it for people. */

import { type Command, programOptions } from '../command.ts'
import { columns, print } from '../terminal/print.ts'
import { exit } from '../terminal/refusal.ts'

export const show: Command = {
  name: 'show',
  summary: 'look at an artefact: documents and where they went, a tokenizer, tokens, a loss curve, weights',
  arguments: [
    {
      name: '<artefact>',
      description: 'a program (then its stage follows), a stage, the beginning of a digest, or a folder',
      completes: 'programs',
    },
    { name: '[stage]', description: 'a stage of the program' },
  ],
  options: [
    ...programOptions,
    {
      flags: '--all',
      description: 'show every sample that a ledger keeps, of unreadable lines too; 3 of each otherwise',
    },
  ],
  examples: [
    ['llmpipe show pipeline.llmpipe prose', 'documents in and out, and which rule dropped how many'],
    ['llmpipe show pipeline.llmpipe base', 'its loss curve and weights; where it failed, why, with its log'],
    ["llmpipe show sweep.llmpipe 'base[lr=3e-4, layers=2]'", 'one of several variants'],
    ['llmpipe show 3fa9c2d1', 'by the beginning of a digest, as ls lists it'],
  ],
  async run(words, options) {
    const { findStage } = await import('../artefact.ts')
    const { artefactLines } = await import('../show/artefact-lines.ts')
    const found = await findStage(words, options)
    const samples = options.all === true ? Number.POSITIVE_INFINITY : 3
    print(await artefactLines(found, { width: Math.min(120, columns()), samples }))
    return exit.done
  },
}
