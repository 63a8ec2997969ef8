/** `llmpipe diff RUN RUN`: the stages whose outputs differ between two runs, and the settings and inputs that caused it. */

import type { Digest, Key } from '../../../core/artefact.ts'
import { type StageSummary, summaryOf } from '../../../view/log/summary.ts'
import { defineCommand } from '../../command.ts'
import { json, storeOption } from '../../common-options.ts'
import { write } from '../../terminal/output.ts'
import { printJson } from '../../terminal/print.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'

export const diff = defineCommand({
  name: 'diff',
  summary: 'show how two runs differ: stages, settings, inputs and metrics',
  arguments: [
    { name: '<before>', description: 'a run, as log lists them' },
    { name: '<after>', description: 'another run' },
  ],
  options: { store: storeOption, json },
  examples: [['llmpipe diff 1757e8 1ece97', 'the last letters of two runs']],
  async run([before = '', after = ''], options) {
    const { storeFor } = await import('../../program/store-folder.ts')
    const { runNamed } = await import('../../../run/log/past-runs.ts')
    const { pastRun } = await import('../../past-run.ts')
    const { changeInWords, difference } = await import('../../../store/key/difference.ts')
    const store = storeFor(options)
    const stagesOf = (name: string) => {
      const run = runNamed(store.root, name)
      if (run === undefined) throw new Refusal(`"${name}" does not name exactly one run`, 'llmpipe log lists the runs.')
      const { view, life } = pastRun(store.root, run)!
      return summaryOf(view, life).stages
    }
    const [old, now] = [stagesOf(before), stagesOf(after)]

    const differences = [...new Set([...old.keys(), ...now.keys()])].flatMap((stage) => {
      const [a, b] = [old.get(stage), now.get(stage)]
      if (!isMade(a) && !isMade(b)) return []
      if (!isMade(a)) return [{ stage, lines: [a === undefined ? 'new' : `${a.outcome} in the first run`] }]
      if (!isMade(b)) return [{ stage, lines: [b === undefined ? 'gone' : `${b.outcome} in the second run`] }]
      if (a.key === b.key) return []
      const [first, second] = [store.read(a.key), store.read(b.key)]
      const changes = first && second ? difference(first, second).map(changeInWords) : ['its record is gone']
      const same = a.digest === b.digest ? ['the output is the same'] : metricChanges(a, b)
      return [{ stage, lines: [...changes, ...same] }]
    })
    if (options.json) {
      printJson(differences)
      return exit.done
    }
    for (const { stage, lines } of differences) write(`${stage}\n${lines.map((line) => `  ${line}\n`).join('')}`)
    if (differences.length === 0) write('The two runs have the same outputs.\n')
    return exit.done
  },
})

type MadeStage = StageSummary & { readonly key: Key; readonly digest: Digest }

/** Whether a run has an output of the stage, made or cached. */
function isMade(stage: StageSummary | undefined): stage is MadeStage {
  return stage?.key !== undefined && stage.digest !== undefined
}

/** The metrics that changed: `valid_loss: 4.235 → 4.101`. */
function metricChanges({ metrics: old = {} }: StageSummary, { metrics: now = {} }: StageSummary): string[] {
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])]
  const shown = (value: number | undefined) => (value === undefined ? 'none' : String(Number(value.toPrecision(4))))
  return names.flatMap((name) =>
    old[name] === now[name] ? [] : [`${name}: ${shown(old[name])} → ${shown(now[name])}`],
  )
}
