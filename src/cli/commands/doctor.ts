/** `llmpipe doctor`: what llmpipe finds on this machine, what is missing, and how to get it. */

import { defineCommand } from '../command.ts'
import { json, pythonOption, storeOption } from '../common-options.ts'
import type { Examination } from '../doctor/examine.ts'
import type { ClusterExamination } from '../doctor/slurm/probe.ts'
import { isFit, requirable } from '../doctor/verdict.ts'
import { choice, wholeNumber } from '../option.ts'
import { llmpipeCommand } from '../package.ts'
import { print, printJson } from '../terminal/print.ts'
import { exit } from '../terminal/refusal.ts'

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'show what llmpipe finds on this machine, what is missing, and how to get it',
  details: `Looks at Node, the processor, memory, the disk of the store, the engines, Python, PyTorch and its devices. Exit codes: 0 in
    general, 1 if something is broken that llmpipe needs or that was asked for: ONNX Runtime, a store that can be written, the Python
    that --python or LLMPIPE_PYTHON names, or what --require names. With --executor slurm it also submits a tiny job to each partition of
    the site file, which checks that the store is shared and examines its node; exit code 1 if no stage could run there.`,
  options: {
    require: choice('engine', requirable, 'exit with 1 if this engine cannot be used'),
    executor: choice('name', ['slurm'], 'try this cluster too'),
    wait: wholeNumber('seconds', 1, 'how many seconds a job of --executor may take to answer; 120 if not given'),
    python: pythonOption,
    store: storeOption,
    json: { ...json, description: 'print everything as JSON' },
  },
  examples: [
    ['llmpipe doctor', ''],
    ['llmpipe doctor --python ~/venv/bin/python', 'would this Python do?'],
    ['llmpipe doctor --require torch && llmpipe run pipeline.llmpipe', 'in a script'],
    ['llmpipe doctor --executor slurm', 'would stages run on this cluster?'],
    ['llmpipe doctor --json', 'for tools, and for reports of faults'],
  ],
  async run(_, options) {
    const { examine } = await import('../doctor/examine.ts')
    const found = await examine(options.store, { python: options.python })
    const slurm = options.executor === undefined ? undefined : await tryCluster(found, options)
    if (options.json) printJson(slurm === undefined ? found : { ...found, slurm })
    else {
      const { doctorLines } = await import('../doctor/lines.ts')
      print(doctorLines(found, slurm))
    }
    if (slurm !== undefined) {
      const { isClusterFit } = await import('../doctor/slurm/lines.ts')
      if (!isClusterFit(found, slurm)) return exit.failed
    }
    return isFit(found, options.require) ? exit.done : exit.failed
  },
})

interface ClusterCall {
  readonly python: string | undefined
  readonly wait: number | undefined
}

async function tryCluster({ store }: Examination, { python, wait = 120 }: ClusterCall): Promise<ClusterExamination> {
  const { checkSiteTrust } = await import('../program/trust.ts')
  const { siteFor } = await import('../program/executor/site.ts')
  const { examineCluster } = await import('../doctor/slurm/probe.ts')
  await checkSiteTrust('.')
  const { slurm: site = {} } = await siteFor('.')
  const command = site.command ?? llmpipeCommand()
  return await examineCluster({ site, store: store.folder, command, python, patience: wait })
}
