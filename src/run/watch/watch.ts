/**
 * Runs a program again whenever its sources or its input files change. It does not look at what it makes itself: the store and the folders of
 * exports. A stage in progress whose key is the same in the new plan continues; the others are asked to stop.
 */

import type { Plan } from '../../core/plan.ts'
import { localExecutor } from '../executors/local.ts'
import { lookUp } from '../explain/status.ts'
import type { RunOptions, RunSummary } from '../options.ts'
import { run } from '../run.ts'
import { type ChangedFile, Eyes } from './eyes.ts'

export interface Recompiled {
  /** Absent if the program has errors or may not run; `recompile` has reported why. */
  readonly plan?: Plan
  /**
   * The text of every source file by its path, also of a program with errors; '' for a file that the program asked for and that does not exist.
   * Modules of llmpipe itself are not among them.
   */
  readonly sources: ReadonlyMap<string, string>
}

/** A report of a watch, besides the events of its runs. */
export type WatchNote =
  | { readonly type: 'changed'; readonly files: readonly ChangedFile[] }
  /** The program has errors: what is in progress continues until the next change. */
  | { readonly type: 'errors' }
  /** A stage in progress continues, or is stopped, after a change. */
  | { readonly type: 'kept' | 'stopped'; readonly key: string }
  | { readonly type: 'waiting'; readonly summary: RunSummary }
  /** The system does not report changes: the files are checked every few seconds instead. */
  | { readonly type: 'blind'; readonly reason: string }

export interface WatchOptions extends Omit<RunOptions, 'superseded' | 'rereadsInputs'> {
  recompile(): Promise<Recompiled>
  report(note: WatchNote): void
  /** How often the files are checked though no change was reported, in milliseconds; never if 0. */
  readonly poll?: number
}

/** Watches until `signal.soft` is aborted and the stages have stopped. Returns the summary of the last run, if there was one. */
export async function watch(options: WatchOptions): Promise<RunSummary | undefined> {
  const { signal, report, store, programDir, poll } = options
  const executor = options.executor ?? localExecutor(options.machine, options.hasParts)
  const eyes = new Eyes({
    store,
    programDir,
    ...(poll === undefined ? {} : { poll }),
    onTrouble: (reason) => report({ type: 'blind', reason }),
  })
  const stopped = new Promise<undefined>((resolve) => {
    if (signal.soft.aborted) resolve(undefined)
    else signal.soft.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  let current: CurrentRun | undefined
  let plan: Plan | undefined
  let last: RunSummary | undefined
  try {
    while (!signal.soft.aborted) {
      const { plan: compiled, sources } = await options.recompile()
      // Reading large files for the first time takes long. A Ctrl-C must be seen meanwhile.
      await Promise.race([eyes.remember(compiled ?? plan, sources), stopped])
      if (signal.soft.aborted) break
      if (compiled === undefined) report({ type: 'errors' })
      else {
        plan = compiled
        const looked = await Promise.race([lookUp(plan, options), stopped])
        if (looked === undefined) break
        const keys = new Set([...looked.values()].map(({ keyed }) => keyed?.key))
        current?.supersede.abort()
        await current?.over
        for (const running of executor.running.values()) {
          const isKept = keys.has(running.key)
          report({ type: isKept ? 'kept' : 'stopped', key: running.key })
          if (!isKept) running.interrupt()
        }
        const started = start(plan, { ...options, executor, rereadsInputs: true })
        current = started
        started.over.then(
          (summary) => {
            if (started.supersede.signal.aborted) return
            last = summary
            report({ type: 'waiting', summary })
          },
          // An error is passed on below, where the run is waited for.
          () => {},
        )
      }
      const files = await Promise.race([eyes.change(signal.soft), stopped, ...(current ? [current.failed] : [])])
      if (files !== undefined && files.length > 0) report({ type: 'changed', files })
    }
    return (await current?.over) ?? last
  } finally {
    await eyes.close()
  }
}

interface CurrentRun {
  readonly over: Promise<RunSummary>
  readonly supersede: AbortController
  /** Rejected if the run itself throws an error; never resolved. */
  readonly failed: Promise<never>
}

function start(plan: Plan, options: RunOptions): CurrentRun {
  const supersede = new AbortController()
  const over = run(plan, { ...options, superseded: supersede.signal })
  const failed = new Promise<never>((_, reject) => over.catch(reject))
  // At times nobody waits for it: that must not count as an unhandled rejection.
  failed.catch(() => {})
  return { over, supersede, failed }
}
