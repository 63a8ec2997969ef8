/** `llmpipe show ARTEFACT`: an artefact as people want to see it. */

import { defineCommand } from '../../command.ts'
import { json, programOptions } from '../../common-options.ts'
import { flag } from '../../option.ts'
import { columns, print, printJson } from '../../terminal/print.ts'
import { exit } from '../../terminal/refusal.ts'

/** Samples of each thing that a ledger counts, unless `--all` is given. */
const defaultSamples = 3

export const show = defineCommand({
  name: 'show',
  summary: 'look at an artefact: documents and where they went, a tokenizer, tokens, a loss curve, weights',
  arguments: [
    {
      name: '<artefact>',
      description: 'a program (followed by a stage), a stage, the beginning of a digest, or a folder',
      completes: 'programs',
    },
    { name: '[stage]', description: 'a stage of the program' },
  ],
  options: {
    ...programOptions,
    all: flag('show every sample that a ledger keeps, also of unreadable lines; 3 of each if not given'),
    json,
  },
  examples: [
    ['llmpipe show pipeline.llmpipe prose', 'documents in and out, and how many each rule dropped'],
    ['llmpipe show pipeline.llmpipe base', 'its loss curve and weights; if it failed, the error and its log'],
    ["llmpipe show sweep.llmpipe 'base[lr=3e-4, layers=2]'", 'one of several variants'],
    ['llmpipe show pipeline.llmpipe base --json', 'its report: metrics with all their digits, ledger, details'],
    ['llmpipe show 3fa9c2d1', 'the beginning of a digest, as ls lists it'],
  ],
  async run(words, options) {
    const { findStage } = await import('../../artefact.ts')
    const { artefactLines } = await import('../../show/artefact-lines.ts')
    const found = await findStage(words, options)
    if (options.json) {
      const { artefactJson } = await import('../../show/artefact-json.ts')
      printJson(artefactJson(found))
      return exit.done
    }
    const samples = options.all ? Number.POSITIVE_INFINITY : defaultSamples
    print(await artefactLines(found, { width: Math.min(120, columns()), samples }))
    return exit.done
  },
})
