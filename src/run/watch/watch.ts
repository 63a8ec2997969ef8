/**
 * Runs a program again whenever its sources or its input files change. What it makes itself, the store and the folders of
 * exports, it does not look at. A stage under way whose key is the same in the new plan goes on; others are asked to stop.
 */

import type { Plan } from '../../core/plan.ts'
import { localExecutor } from '../executors/local.ts'
import { lookUp } from '../explain/status.ts'
import type { RunOptions, RunSummary } from '../options.ts'
import { run } from '../run.ts'
import { Eyes } from './eyes.ts'

export interface Recompiled {
  /** Absent where the program has errors, or may not run; `recompile` has said why. */
  readonly plan?: Plan
  /**
   * The text of every source file by its path, also of a program with errors, and '' for one that was asked for and is not there. All are
   * files: modules of llmpipe itself are not among them.
   */
  readonly sources: ReadonlyMap<string, string>
}

/** What a watch saw and did. */
export type WatchNote =
  | { readonly type: 'changed'; readonly names: readonly string[] }
  /** The program has errors: what runs goes on, and the next change is waited for. */
  | { readonly type: 'errors' }
  /** A stage under way that the change does not touch, or does. */
  | { readonly type: 'kept' | 'stopped'; readonly key: string }
  | { readonly type: 'waiting'; readonly summary: RunSummary }
  /** Folders cannot be watched: it looks every few seconds instead. */
  | { readonly type: 'blind'; readonly reason: string }

export interface WatchOptions extends Omit<RunOptions, 'superseded'> {
  recompile(): Promise<Recompiled>
  tell(note: WatchNote): void
  /** Milliseconds between looks though no change was heard of; none if 0. */
  readonly poll?: number
}

/** Watches until `signal.soft` is aborted and what runs has stopped. Gives the summary of the last run, if there was one. */
export async function watch(options: WatchOptions): Promise<RunSummary | undefined> {
  const { signal, tell, store, programDir, poll } = options
  const executor = options.executor ?? localExecutor(options.machine)
  const eyes = new Eyes({
    store,
    programDir,
    ...(poll === undefined ? {} : { poll }),
    onTrouble: (reason) => tell({ type: 'blind', reason }),
  })
  const stopped = new Promise<undefined>((resolve) => {
    if (signal.soft.aborted) resolve(undefined)
    else signal.soft.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  let current: Current | undefined
  let plan: Plan | undefined
  let last: RunSummary | undefined
  try {
    while (!signal.soft.aborted) {
      const { plan: compiled, sources } = await options.recompile()
      // Reading large files for the first time takes long, and is no reason not to hear a Ctrl-C.
      await Promise.race([eyes.remember(compiled ?? plan, sources), stopped])
      if (signal.soft.aborted) break
      if (compiled === undefined) tell({ type: 'errors' })
      else {
        plan = compiled
        const looked = await Promise.race([lookUp(plan, options), stopped])
        if (looked === undefined) break
        const keys = new Set([...looked.values()].map(({ keyed }) => keyed?.key))
        current?.supersede.abort()
        await current?.over
        for (const running of executor.running.values()) {
          const kept = keys.has(running.key)
          tell({ type: kept ? 'kept' : 'stopped', key: running.key })
          if (!kept) running.interrupt()
        }
        const started = start(run, plan, { ...options, executor })
        current = started
        started.over.then(
          (summary) => {
            if (started.supersede.signal.aborted) return
            last = summary
            tell({ type: 'waiting', summary })
          },
          // The caller hears of it below, where the run is waited for.
          () => {},
        )
      }
      const names = await Promise.race([eyes.change(signal.soft), stopped, ...(current ? [current.failed] : [])])
      if (names !== undefined && names.length > 0) tell({ type: 'changed', names })
    }
    return (await current?.over) ?? last
  } finally {
    await eyes.close()
  }
}

interface Current {
  readonly over: Promise<RunSummary>
  readonly supersede: AbortController
  /** Never resolved; rejected when the run could not be run. */
  readonly failed: Promise<never>
}

function start(runPlan: typeof run, plan: Plan, options: RunOptions): Current {
  const supersede = new AbortController()
  const over = runPlan(plan, { ...options, superseded: supersede.signal })
  const failed = new Promise<never>((_, reject) => over.catch(reject))
  // Nobody may be waiting for it just then.
  failed.catch(() => {})
  return { over, supersede, failed }
}
