/** `llmpipe report FILE`: one HTML page of the last run of a program. */

import { defineCommand } from '../../command.ts'
import { overwrite, storeOption } from '../../common-options.ts'
import { text } from '../../option.ts'
import { write, writeExactly } from '../../terminal/output.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'

export const report = defineCommand({
  name: 'report',
  summary: 'write one HTML page about the last run of a program: data, curves, evaluations, sweeps, samples',
  details: `The page holds all of its data and asks for nothing from any network, so it can be passed on as one file. It shows what the
    run shows: samples of documents and answers, settings, names of files and of the machine. A run under way, a failed run and a run
    of which the store has lost parts have pages too, which say so.`,
  arguments: [{ name: '<file>', description: 'the program', completes: 'programs' }],
  options: {
    output: text(
      'file',
      'write the page to this file, - for standard output; report.html beside the program if not given',
      'o',
    ),
    run: text('run', 'the beginning of an earlier run, as log lists them, or its last six letters'),
    overwrite: { ...overwrite, description: 'replace a file that is not a page that report made' },
    store: storeOption,
  },
  examples: [
    ['llmpipe report pipeline.llmpipe', 'write report.html beside the program'],
    ['llmpipe report pipeline.llmpipe -o results/first.html', 'to another place'],
    ['llmpipe report pipeline.llmpipe --run 20261124-1415 -o -', 'an earlier run, to standard output'],
  ],
  async run([file = ''], { output, run: name, overwrite: replaces, store: given }) {
    const { dirname, join } = await import('node:path')
    const { storeFor, storeWords } = await import('../../program/store-folder.ts')
    const { collect } = await import('../../report/collect.ts')
    const { runOf } = await import('../../report/last-run.ts')
    const { pageAssets, writePage } = await import('../../report/write.ts')
    const { page } = await import('../../../report/page.ts')
    const { bytes } = await import('../../../view/format.ts')
    if (output === '') throw new Refusal('-o needs the name of a file', 'For example: -o report.html.')
    const store = storeFor({ store: given }, file)
    const run = runOf(file, store, name)
    // The page is passed on, so it does not have the path of the store.
    const storeOption = storeWords(store.root, file) === '' ? '' : '--store STORE'
    const made = page(collect({ store, run, file, storeOption }), pageAssets())
    if (output === '-') {
      writeExactly(made)
      return exit.done
    }
    const path = output ?? join(dirname(file), 'report.html')
    writePage(path, made, { replaces, storeRoot: store.root })
    write(`${path}  ${bytes(Buffer.byteLength(made))}\n`)
    return exit.done
  },
})
