/**
 * Runs a program again whenever its sources or its input files change. What it makes itself, the store and the folders of
 * exports, it does not look at. A stage under way whose key is the same in the new plan goes on; others are asked to stop.
 */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { systemCode } from '../core/failure.ts'
import type { Plan } from '../core/plan.ts'
import { matching } from '../store/glob.ts'
import { lookOf } from '../store/stat-cache.ts'
import { exportedFiles } from './export-folder.ts'
import { localExecutor } from './local-executor.ts'
import type { RunOptions, RunSummary } from './options.ts'
import { run } from './run.ts'
import { lookUp } from './status.ts'

export interface Recompiled {
  /** Absent where the program has errors; `recompile` has said them. */
  readonly plan?: Plan
  /** The text of every source file read, by its path, also of a program with errors. */
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

export interface WatchOptions extends Omit<RunOptions, 'superseded'> {
  recompile(): Promise<Recompiled>
  tell(note: WatchNote): void
}

/** How long nothing may change before it is looked at, in milliseconds. */
const SETTLE = 100

/** Watches until `signal.soft` is aborted and what runs has stopped. Gives the summary of the last run, if there was one. */
export async function watch(options: WatchOptions): Promise<RunSummary | undefined> {
  const { signal, tell } = options
  const executor = options.executor ?? localExecutor(options.machine)
  const eyes = await openEyes(options)
  let current: { readonly over: Promise<RunSummary>; readonly supersede: AbortController } | undefined
  let plan: Plan | undefined
  let last: RunSummary | undefined
  try {
    while (!signal.soft.aborted) {
      const { plan: compiled, sources } = await options.recompile()
      await eyes.remember(compiled ?? plan, sources)
      if (compiled === undefined) tell({ type: 'errors' })
      else {
        plan = compiled
        const keys = new Set([...(await lookUp(plan, options)).values()].map(({ keyed }) => keyed?.key))
        current?.supersede.abort()
        await current?.over
        for (const running of executor.running.values()) {
          const kept = keys.has(running.key)
          tell({ type: kept ? 'kept' : 'stopped', key: running.key })
          if (!kept) running.interrupt()
        }
        const supersede = new AbortController()
        const over = run(plan, { ...options, executor, superseded: supersede.signal })
        current = { over, supersede }
        over.then(
          (summary) => {
            if (supersede.signal.aborted) return
            last = summary
            tell({ type: 'waiting', summary })
          },
          // The caller hears of it below, where the run is waited for.
          () => {},
        )
      }
      const names = await Promise.race([eyes.change(), aborted(signal.soft), failure(current?.over)])
      if (names !== undefined) tell({ type: 'changed', names })
    }
    return (await current?.over) ?? last
  } finally {
    await eyes.close()
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

/** Never resolved; rejected when a run could not be run. */
function failure(over: Promise<RunSummary> | undefined): Promise<never> {
  return new Promise((_, reject) => over?.catch(reject))
}

/** What there is to see: the bytes of sources, the looks of input files, by path. */
type Sight = ReadonlyMap<string, string>

async function openEyes(options: WatchOptions) {
  const { store, programDir } = options
  const chokidar = await import('chokidar')
  let watcher: import('chokidar').FSWatcher | undefined
  let watched = ''
  let plan: Plan | undefined
  let paths: readonly string[] = []
  let seen: Sight = new Map()
  let notice = () => {}
  return {
    /** What was compiled, and the input files as they are: all that differs from it from now on is a change. */
    async remember(compiled: Plan | undefined, sources: ReadonlyMap<string, string>): Promise<void> {
      plan = compiled
      paths = [...sources.keys()]
      const texts = [...sources].map(([path, text]) => [resolve(path), hash(text)] as const)
      seen = new Map([...(await look(plan, [], options)), ...texts])
    },
    /** The names of what changed, as soon as something did and has settled. */
    async change(): Promise<readonly string[]> {
      const targets = [...new Set([...paths.map((path) => resolve(path)), ...foldersOf(plan, programDir)])].sort()
      if (targets.join('\n') !== watched) {
        await watcher?.close()
        // Folders of exports that hold nothing else to look at need not be watched.
        const own = exportsOf(plan, programDir).filter((folder) => !targets.some((target) => isIn(folder, target)))
        const ignored = (path: string) => [store.root, ...own].some((folder) => isIn(folder, path))
        const fresh = chokidar.watch(targets, { ignoreInitial: true, ignored })
        await new Promise<void>((ready) => fresh.once('ready', () => ready()))
        fresh.on('all', () => notice())
        watcher = fresh
        watched = targets.join('\n')
      }
      for (;;) {
        const change = settled((heard) => {
          notice = heard
        })
        const changed = differing(seen, await look(plan, paths, options))
        if (changed.length > 0) return changed.map((path) => relative(programDir, path))
        await change
      }
    },
    async close() {
      await watcher?.close()
    },
  }
}

/** Resolves when something was heard and then nothing more for a while. */
function settled(listen: (heard: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined
    listen(() => {
      clearTimeout(timer)
      timer = setTimeout(resolve, SETTLE)
    })
  })
}

/** The folders that input files lie in, as far as their patterns say; a file without wildcards is itself. */
function foldersOf(plan: Plan | undefined, programDir: string): string[] {
  return filePatterns(plan, programDir).flatMap(({ folder, patterns }) =>
    patterns.map((pattern) => {
      const segments = pattern.split('/')
      const wild = segments.findIndex((segment) => /[*?[\]{}()!+@]/.test(segment))
      return resolve(
        folder,
        wild < 0 ? pattern : segments.slice(0, wild).join('/') || (pattern.startsWith('/') ? '/' : '.'),
      )
    }),
  )
}

function exportsOf(plan: Plan | undefined, programDir: string): string[] {
  return (plan?.nodes ?? []).flatMap(({ exportTo }) => (exportTo === undefined ? [] : [resolve(programDir, exportTo)]))
}

function filePatterns(plan: Plan | undefined, programDir: string) {
  return (plan?.nodes ?? []).flatMap(({ files }) =>
    Object.values(files).map(({ patterns, base }) => ({ patterns, folder: resolve(programDir, base) })),
  )
}

/** What a run itself wrote, it does not look at: not even where it matches a pattern of input files. */
async function look(
  plan: Plan | undefined,
  sources: readonly string[],
  { store, programDir }: WatchOptions,
): Promise<Sight> {
  const exported = exportedFiles(plan, programDir)
  const sight = new Map<string, string>()
  for (const path of sources) {
    sight.set(resolve(path), ifThere(() => hash(readFileSync(path, 'utf8'))) ?? '')
  }
  for (const { patterns, folder } of filePatterns(plan, programDir)) {
    for (const path of await matching(patterns, folder)) {
      const full = path.startsWith('/') ? path : join(folder, path)
      if (exported.has(full) || isIn(store.root, full)) continue
      // Editors put a new file in the place of the old one: for a moment there may be none.
      const seen = ifThere(() => lookOf(full).join(' '))
      if (seen !== undefined) sight.set(full, seen)
    }
  }
  return sight
}

function ifThere(look: () => string): string | undefined {
  try {
    return look()
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return undefined
  }
}

/** Whether a path is that of a folder, or of something in it. */
function isIn(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

function differing(before: Sight, after: Sight): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path)).sort()
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
