/** A watch in this process, of a project whose "source" is its plan as JSON: what it notices, and how often. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunEvent } from '../../src/core/event.ts'
import type { Plan } from '../../src/core/plan.ts'
import { type WatchNote, type WatchOptions, watch } from '../../src/run/watch/watch.ts'
import { command, type Project } from './rig.ts'

export interface Watching {
  readonly events: RunEvent[]
  readonly notes: WatchNote[]
  readonly over: ReturnType<typeof watch>
  /** Runs that came to their end. */
  waits(): number
  finished(): string[]
  /** The names of the changed files, change by change. */
  changes(): (readonly string[])[]
  /** Resolves when nothing was noticed for a while. */
  settled(): Promise<void>
  stop(): Promise<unknown>
}

/** The plan and the texts of a project of one file. */
export function recompiled(project: Project): Awaited<ReturnType<WatchOptions['recompile']>> {
  let text = ''
  try {
    text = readFileSync(join(project.folder, 'plan.json'), 'utf8')
  } catch {
    // Moved away: the program that was asked for is not there.
  }
  const sources = new Map([[join(project.folder, 'plan.json'), text]])
  try {
    return { plan: JSON.parse(text) as Plan, sources }
  } catch {
    return { sources }
  }
}

/** Longer than a change takes to be acted on. */
const QUIET = 600

export function startWatch(project: Project, options: Partial<WatchOptions> = {}): Watching {
  const events: RunEvent[] = []
  const notes: WatchNote[] = []
  const soft = new AbortController()
  let noticed = 0
  const over = watch({
    store: project.store,
    programDir: project.folder,
    stageCommand: [process.execPath, command('stage-command')],
    version: 'test',
    signal: { soft: soft.signal, hard: new AbortController().signal },
    onEvent: (event) => events.push(event),
    report: (note) => {
      noticed++
      notes.push(note)
    },
    // Only reports of the system.
    poll: 0,
    recompile: async () => recompiled(project),
    ...options,
  })
  return {
    events,
    notes,
    over,
    waits: () => notes.filter(({ type }) => type === 'waiting').length,
    finished: () => events.flatMap((event) => (event.event === 'finished' ? [event.id] : [])),
    changes: () => notes.flatMap((note) => (note.type === 'changed' ? [note.files.map(({ name }) => name)] : [])),
    async settled() {
      for (let before = -1; before !== noticed; ) {
        before = noticed
        await sleep(QUIET)
      }
    },
    stop: () => {
      soft.abort()
      return over
    },
  }
}
