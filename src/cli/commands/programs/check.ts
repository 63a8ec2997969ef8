/** `llmpipe check FILE`: all errors of a program, and the cost of its trainings. */

import { availableParallelism } from 'node:os'
import type { Estimate } from '../../../plan/estimate.ts'
import { debugForms } from '../../check/debug-forms.ts'
import type { EpochsOfTraining } from '../../check/epochs.ts'
import { defineCommand } from '../../command.ts'
import { deviceOption, json, programOptions } from '../../common-options.ts'
import { choice } from '../../option.ts'
import type { FolderModel } from '../../program/folder-models.ts'
import { write, writeExactly } from '../../terminal/output.ts'
import { colored, print, printJson } from '../../terminal/print.ts'
import { exit } from '../../terminal/refusal.ts'

export const check = defineCommand({
  name: 'check',
  summary: 'find all errors of a program, without running anything',
  details: `Also prints the cost of each training: parameters, FLOPs per token, memory, an estimate of the time, and how often it learns each
    source. Warns about missing input files, about trainings that need more memory than this machine has, and about sources that a mixture
    repeats often; rejects weights in folders that llmpipe cannot load.`,
  arguments: [{ name: '<file>', description: 'the program', completes: 'programs' }],
  options: {
    ...programOptions,
    device: deviceOption,
    json: { ...json, description: 'print the diagnostics as JSON' },
    debug: choice('form', debugForms, 'print a form that the compiler turns the program into, and check no further'),
  },
  examples: [
    ['llmpipe check pipeline.llmpipe', ''],
    ['llmpipe check pipeline.llmpipe -p dim=256', 'with another value of a param'],
    ['llmpipe check pipeline.llmpipe --device h100', 'would it fit on that GPU, and how long would it take?'],
    ['llmpipe check pipeline.llmpipe --json', 'for editors and scripts'],
    ['llmpipe check pipeline.llmpipe --debug graph', 'the operations of its models'],
  ],
  async run([file = ''], options) {
    if (options.debug !== undefined) {
      const { debugText } = await import('../../check/debug-text.ts')
      write(`${await debugText(options.debug, file, options)}\n`)
      return exit.done
    }
    const { compileFile } = await import('../../program/compiled.ts')
    const { renderDiagnostics, toJsonDiagnostics } = await import('../../../language/messages/render.ts')
    const { programCall } = await import('../../program/open-program.ts')
    const call = programCall(file, options)
    // A site file that is not valid would be refused by the run.
    await (await import('../../program/executor/site.ts')).siteFor(call.folder)
    const { plan, diagnostics: compiled, sources, params } = compileFile(file, call)
    const diagnostics = [...compiled]
    const estimates: Estimate[] = []
    const models: FolderModel[] = []
    const epochs: EpochsOfTraining[] = []
    if (plan !== undefined) {
      const { estimate } = await import('../../../plan/estimate.ts')
      const { checkWarnings } = await import('../../check/check-warnings.ts')
      const { folderModels } = await import('../../program/folder-models.ts')
      const { epochsOf, tokensIn } = await import('../../check/epochs.ts')
      const encoded = await tokensIn(plan, call.store, call.folder)
      estimates.push(...estimate(plan, availableParallelism(), encoded))
      models.push(...(await folderModels(plan)))
      epochs.push(...epochsOf(estimates, encoded))
      const here = options.device === undefined ? estimates : []
      diagnostics.push(...(await checkWarnings(plan, sources, here, models, { epochs, ...(params && { params }) })))
    }
    if (options.json) {
      const { deviceJson } = await import('../../check/device-lines.ts')
      printJson({ ...toJsonDiagnostics(diagnostics, sources), ...deviceJson(estimates, options.device) })
    }
    if (!options.json) {
      const width = process.stdout.columns ?? 120
      writeExactly(renderDiagnostics(diagnostics, sources, { color: colored(), width }))
      if (plan !== undefined) {
        const { costLines } = await import('../../check/cost-lines.ts')
        if (diagnostics.length === 0)
          print([
            [
              { text: `${file}: `, tone: 'bold' },
              { text: 'no errors', tone: 'good' },
            ],
          ])
        const { tuningLines, tunings } = await import('../../check/tuning-lines.ts')
        print([
          ...(await costLines(estimates, call.store, epochs, options.device)),
          ...tunings(plan, models).flatMap(tuningLines),
        ])
      }
    }
    return diagnostics.some(({ severity }) => severity === 'error') ? exit.refused : exit.done
  },
})
