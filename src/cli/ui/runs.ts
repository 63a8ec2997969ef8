/** The runs that `llmpipe ui` shows, and when each has changed. */

import { statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { RunEventOf } from '../../core/event.ts'
import { goals } from '../../core/kind/goal.ts'
import type { ComparedCurves, RunRow } from '../../report/live/runs-page.ts'
import { beginningOf, hasLivingRunner, runsIn } from '../../run/log/past-runs.ts'
import type { FolderStore } from '../../store/folder-store.ts'
import { emptyRun } from '../../view/log/fold.ts'
import { summaryOf } from '../../view/log/summary.ts'
import { pastRun } from '../past-run.ts'
import { Recorded, scalarsOf, thinned } from '../report/curves.ts'

/** The runs of a page of the table, the newest that are compared, and the runs that one can be under way among. */
export const runsOfPage = 30
const mostCompared = 6

/** The scalars that are compared, the most telling first. */
const compared = ['reward', 'loss', 'validLoss', 'kl', 'gradientNorm']

type Begun = RunEventOf<'run-started'>

export class Runs {
  readonly #store: FolderStore
  /** The file name of the program; of all programs if not given. */
  readonly #program: string | undefined
  readonly #known = new Map<string, { readonly stamp: string; readonly run: SummarizedRun }>()
  /** The beginnings of runs, which do not change once they are written. */
  readonly #begun = new Map<string, Begun>()

  constructor(store: FolderStore, program: string | undefined) {
    this.#store = store
    this.#program = program
  }

  /** The beginnings of the runs, the newest first. */
  list(): readonly Begun[] {
    const all = runsIn(this.#store.root).flatMap((run) => this.#beginningOf(run) ?? [])
    return all
      .filter(({ program }) => this.#program === undefined || basename(program) === this.#program)
      .sort((a, b) => b.time - a.time)
  }

  #beginningOf(run: string): Begun | undefined {
    const begun = this.#begun.get(run) ?? beginningOf(this.#store.root, run)
    if (begun !== undefined) this.#begun.set(run, begun)
    return begun
  }

  named(run: string): Begun | undefined {
    return this.list().find((begun) => begun.run === run)
  }

  /** A text that changes when the page of a run would: with its log, with the life of its process, and with what the store has. */
  stampOf(begun: Begun): string {
    const { root } = this.#store
    const log = changed(join(root, 'runs', begun.run, 'events.jsonl'))
    return [
      begun.run,
      log,
      hasLivingRunner(begun) ?? '',
      changed(join(root, 'objects')),
      changed(join(root, 'actions')),
    ].join(' ')
  }

  /** A text that changes when a page of the table of runs would. */
  stampOfPage(page: number): string {
    const all = this.list()
    const shown = onPage(all, page).map(
      (begun) =>
        `${begun.run} ${changed(join(this.#store.root, 'runs', begun.run, 'events.jsonl'))} ${hasLivingRunner(begun) ?? ''}`,
    )
    return [all.length, ...shown].join('\n')
  }

  /** The rows of a page of the table, which counts from 1, the newest first; the number of all runs; and the curves of the latest on the page. */
  summarized(page: number): {
    readonly runs: readonly RunRow[]
    readonly all: number
    readonly compared: readonly ComparedCurves[]
  } {
    const all = this.list()
    const runs = onPage(all, page).map((begun) => this.#summarized(begun))
    return { runs: runs.map(({ row }) => row), all: all.length, compared: comparedIn(runs) }
  }

  #summarized(begun: Begun): SummarizedRun {
    const stamp = `${changed(join(this.#store.root, 'runs', begun.run, 'events.jsonl'))} ${hasLivingRunner(begun) ?? ''}`
    const known = this.#known.get(begun.run)
    if (known?.stamp === stamp) return known.run
    const run = summarize(begun, this.#store)
    this.#known.set(begun.run, { stamp, run })
    return run
  }
}

function onPage(all: readonly Begun[], page: number): readonly Begun[] {
  return all.slice((page - 1) * runsOfPage, page * runsOfPage)
}

interface SummarizedRun {
  readonly row: RunRow
  readonly trained: readonly TrainedStage[]
}

interface TrainedStage {
  readonly name: string
  readonly key: string
  readonly curves: ReturnType<typeof thinned>[number]
}

function summarize(begun: Begun, store: FolderStore): SummarizedRun {
  const recorded = new Recorded()
  const past = pastRun(store.root, begun.run, (event) => recorded.add(event))
  const { view, life } = past ?? { view: emptyRun(), life: 'over' }
  const { run, program, options, startedAt, seconds, outcome, ran, cached, failed, stages } = summaryOf(view, life)
  const results = [...stages.values()].flatMap(({ stage, metrics = {} }): [string, number][] => {
    const name = Object.keys(goals).find((each) => Object.hasOwn(metrics, each))
    const value = name === undefined ? undefined : metrics[name]
    return value === undefined ? [] : [[`${stage} ${name}`, value]]
  })
  const trained = [...view.stages.values()].flatMap((stage) => {
    const scalars = stage.key === undefined ? {} : scalarsOf(stage, store, recorded)
    const isTraining = compared.some((scalar) => (scalars[scalar]?.length ?? 0) > 1)
    return isTraining ? [{ name: stage.name, key: stage.key ?? '', curves: thinned([scalars])[0] ?? {} }] : []
  })
  return {
    row: {
      run,
      program: basename(program),
      options,
      startedAt,
      ...(seconds === undefined ? {} : { seconds }),
      outcome,
      ran,
      cached,
      failed,
      results: Object.fromEntries(results),
    },
    trained,
  }
}

/** The curves of each training that has different keys in the latest runs. Runs that took a training from the cache share its curve. */
function comparedIn(runs: readonly SummarizedRun[]): readonly ComparedCurves[] {
  const byStage = new Map<string, Map<string, { readonly row: RunRow; readonly stage: TrainedStage }>>()
  for (const { row, trained } of runs)
    for (const stage of trained) {
      const keys = byStage.get(stage.name) ?? new Map()
      byStage.set(stage.name, keys)
      // A later run that found it in the cache comes first; the curve has the name of the run that trained.
      if (keys.has(stage.key) || keys.size < mostCompared) keys.set(stage.key, { row, stage })
    }
  return [...byStage].flatMap(([name, keys]) => {
    if (keys.size < 2) return []
    return compared.flatMap((scalar): ComparedCurves[] => {
      const curves = [...keys.values()].flatMap(({ row, stage }) => {
        const points = stage.curves[scalar]
        return points === undefined || points.length < 2 ? [] : [{ name: nameOf(row), points }]
      })
      return curves.length < 2 ? [] : [{ stage: name, scalar, curves }]
    })
  })
}

/** `14:15 -p lr=1e-3`, with the day in runs that are not of the same one. */
function nameOf({ startedAt, options, run }: RunRow): string {
  const when = new Date(startedAt).toISOString().slice(5, 16).replace('T', ' ')
  return options === '' ? `${when} ${run.slice(-6)}` : `${when} ${options}`
}

/** The size of a file and when it changed; empty if it does not exist. */
function changed(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? '' : `${stat.size}:${stat.mtimeMs}`
}
