/** `llmpipe show ARTEFACT`: an artefact as people want to see it. */

import { defineCommand } from '../../command.ts'
import { json, programOptions } from '../../common-options.ts'
import { flag } from '../../option.ts'
import { write, writeError } from '../../terminal/output.ts'
import { columns, print, printJson } from '../../terminal/print.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'

/** Samples of each thing that a ledger counts, unless `--all` is given. */
const defaultSamples = 3

const torchExample = 'llmpipe show pipeline.llmpipe base --torch'

export const show = defineCommand({
  name: 'show',
  summary: 'look at an artefact: documents and where they went, a tokenizer, tokens, a loss curve, weights',
  arguments: [
    {
      name: '<artefact>',
      description: 'a program (followed by a stage), a stage, the beginning of a digest, a folder, or a .gguf file',
      completes: 'programs',
    },
    { name: '[stage]', description: 'a stage of the program', completes: 'stages' },
  ],
  options: {
    ...programOptions,
    all: flag(
      'show every sample and histogram of a ledger, and look at all documents; 3 of each, and 128 MiB of them, if not given',
    ),
    torch: flag('print the model of a stage as a Python module for PyTorch; needs neither Python nor a run'),
    json,
  },
  examples: [
    ['llmpipe show pipeline.llmpipe prose', 'documents in and out, and how many each rule dropped'],
    ['llmpipe show pipeline.llmpipe base', 'its loss curve and weights; if it failed, the error and its log'],
    ["llmpipe show sweep.llmpipe 'base[lr=3e-4, layers=2]'", 'one of several variants'],
    ['llmpipe show pipeline.llmpipe base --json', 'its report: metrics with all their digits, ledger, details'],
    [torchExample, 'its model as PyTorch code'],
    ['llmpipe show 3fa9c2d1', 'the beginning of a digest, as ls lists it'],
  ],
  async run(words, options) {
    if (options.torch) {
      const [file = '', stage] = words
      if (stage === undefined) throw new Refusal('--torch needs a program and a stage', `For example: ${torchExample}`)
      if (options.json || options.all) throw new Refusal('--torch prints source code: leave out --json and --all')
      const { torchSource } = await import('../../show/torch-source.ts')
      const { source, note } = await torchSource(file, stage, options)
      if (note !== undefined) writeError(`note: ${note}\n`)
      write(source)
      return exit.done
    }
    const { findStage } = await import('../../artefact.ts')
    const { artefactLines } = await import('../../show/artefact-lines.ts')
    const found = await findStage(words, options)
    if (options.json) {
      const { artefactJson } = await import('../../show/artefact-json.ts')
      printJson(await artefactJson(found, options.all))
      return exit.done
    }
    const samples = options.all ? Number.POSITIVE_INFINITY : defaultSamples
    print(await artefactLines(found, { width: Math.min(120, columns()), samples }))
    return exit.done
  },
})
