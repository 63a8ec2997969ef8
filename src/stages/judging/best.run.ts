/** Runs `best`. */

import { constants, copyFileSync, linkSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import { goalOf } from '../../core/kind/goal.ts'
import type { RankingResult } from '../../core/report.ts'
import { metricsOf } from '../shared/artefact-metrics.ts'
import type { RunOf } from '../shared/define-kind.ts'

export const run: RunOf<typeof import('./best.ts').best> = async (stage) => {
  const by = stage.settings.by
  const goal = stage.settings.goal ?? goalOf(by)
  const names = stage.settings.$of ?? []
  const models = stage.inputs.of
  const measured = []
  for (const [index, artefact] of models.entries()) {
    const name = names[index] ?? `model ${index + 1}`
    const metrics = await metricsOf(stage, artefact)
    const value = metrics[by]
    if (value === undefined) {
      const known = Object.keys(metrics).join(', ')
      const help = known === '' ? 'It has no metrics.' : `It has ${known}.`
      throw new StageError('unknown-metric', `${name} has no metric ${by}`, help)
    }
    measured.push({ name, value, metrics, artefact })
  }
  const sign = goal === 'max' ? -1 : 1
  // Sorting is stable: the first of equals stays first.
  const ranked = measured.toSorted((a, b) => sign * (a.value - b.value))
  const winner = ranked[0]!
  link(winner.artefact.path, stage.outputs.out)
  const ranking: RankingResult = { by, rows: ranked.map(({ name, value }) => ({ name, value })) }
  return {
    metrics: winner.metrics,
    summary: `${winner.name}, best of ${models.length} by ${by}`,
    detail: { ranking },
  }
}

/**
 * The files of a folder in another, without copying their bytes where the file system can. Files of the store are never written to:
 * one that two folders hold is as safe as two.
 */
function link(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) link(source, target)
    else {
      try {
        linkSync(source, target)
      } catch {
        copyFileSync(source, target, constants.COPYFILE_FICLONE)
      }
    }
  }
}
