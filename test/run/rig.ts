/** A project in a temporary folder, plans made by hand, and runs of them over real processes. */

import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildSync } from 'esbuild'
import { afterAll } from 'vitest'
import type { RunEvent, RunEventOf } from '../../src/core/event.ts'
import type { Plan, PlanNode } from '../../src/core/plan.ts'
import type { JsonObject } from '../../src/core/values/json.ts'
import type { Variant } from '../../src/core/variant.ts'
import type { RunOptions, RunSummary } from '../../src/run/options.ts'
import { run } from '../../src/run/run.ts'
import { type FolderStore, openStore } from '../../src/store/folder-store.ts'

export { damage } from '../store/damages.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'llmpipe-test-'))
  folders.push(folder)
  return folder
}

const commands = new Map<string, string>()

/** One of the commands beside this file, bundled once for each test file. */
export function command(name: 'stage-command' | 'runner-command'): string {
  const known = commands.get(name)
  if (known !== undefined) return known
  const outfile = join(temporaryFolder(), `${name}.mjs`)
  buildSync({
    entryPoints: [join(import.meta.dirname, `${name}.ts`)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['tinyglobby'],
  })
  commands.set(name, outfile)
  return outfile
}

export interface NodeDraft {
  readonly kind?: string
  readonly params?: JsonObject
  readonly hints?: JsonObject
  /** Ids of the nodes it takes from. */
  readonly from?: readonly string[]
  /** A pattern of input files. */
  readonly files?: string
  readonly name?: string
  readonly outputs?: readonly string[]
  readonly cpus?: number
  readonly memory?: number
  readonly version?: number
  readonly line?: number
  readonly exportTo?: string
  readonly continues?: PlanNode['continues']
  readonly variant?: Variant
  /** It goes without what failed of what it takes. */
  readonly spares?: true
}

/** A plan of nodes by id, in order. */
export function planOf(nodes: Readonly<Record<string, NodeDraft>>): Plan {
  return {
    version: 1,
    program: 'main.llmpipe',
    nodes: Object.entries(nodes).map(([id, draft], index): PlanNode => {
      const line = draft.line ?? index + 1
      const span = { file: 'main.llmpipe', line, column: 1, endLine: line, endColumn: 2 }
      return {
        id,
        name: draft.name ?? id,
        kind: draft.kind ?? 'text',
        version: draft.version ?? 1,
        params: draft.params ?? {},
        hints: { me: id, ...draft.hints },
        inputs: draft.from
          ? { from: draft.from.map((ref) => ({ node: ref.split('.')[0]!, output: ref.split('.')[1] ?? 'out' })) }
          : {},
        files: draft.files === undefined ? {} : { path: { patterns: [draft.files], base: '.' } },
        outputs: (draft.outputs ?? ['out']).map((name) => ({ name, type: { kind: 'Docs' } })),
        resources: { cpus: draft.cpus ?? 1, memory: draft.memory ?? 1_000_000 },
        span,
        ...(draft.continues === undefined ? {} : { continues: draft.continues }),
        ...(draft.exportTo === undefined ? {} : { exportTo: draft.exportTo }),
        ...(draft.variant === undefined ? {} : { variant: draft.variant }),
        ...(draft.spares ? { spares: ['from'] } : {}),
      }
    }),
    models: {},
    results: [],
    sources: ['main.llmpipe'],
  }
}

export interface Ran extends RunSummary {
  readonly events: readonly RunEvent[]
}

export class Project {
  readonly folder = temporaryFolder()
  readonly gates = join(this.folder, 'gates')
  readonly store: FolderStore = openStore(join(this.folder, '.llmpipe'))

  constructor() {
    mkdirSync(this.gates)
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text)
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8')
  }

  /** Runs a plan. The result has all events in order. */
  async run(plan: Plan, options: Partial<RunOptions> = {}): Promise<Ran> {
    const events: RunEvent[] = []
    const never = new AbortController().signal
    const summary = await run(plan, {
      store: this.store,
      programDir: this.folder,
      stageCommand: [process.execPath, command('stage-command')],
      version: 'test',
      signal: { soft: never, hard: never },
      ...options,
      onEvent: (event) => {
        events.push(event)
        options.onEvent?.(event)
      },
    })
    return { ...summary, events }
  }

  /** The text a node gave in a run. */
  text(summary: RunSummary, id: string, output = 'out', file = 'text'): string {
    return readFileSync(join(this.store.objectFolder(summary.outputs[id]![output]!), file), 'utf8')
  }

  /** Opens the gate of a stage, or all of them. */
  open(name?: string): void {
    appendFileSync(join(this.gates, name === undefined ? 'open' : `open-${name}`), '')
  }

  /** The stages that have begun, in order. */
  begun(): string[] {
    const path = join(this.gates, 'begun')
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
  }

  /** Every payload and what is in it, to compare the outcomes of runs. */
  objects(): Record<string, string> {
    return contents(join(this.store.root, 'objects'))
  }
}

export function contents(folder: string, prefix = ''): Record<string, string> {
  if (!existsSync(folder)) return {}
  return Object.assign(
    {},
    ...readdirSync(folder).map((name) => {
      const path = join(folder, name)
      return statSync(path).isDirectory()
        ? contents(path, `${prefix}${name}/`)
        : { [`${prefix}${name}`]: readFileSync(path, 'utf8') }
    }),
  )
}

export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5)
}

export function outcomes({ events }: Ran): Record<string, string> {
  const ends = new Set(['cached', 'finished', 'failed', 'skipped', 'interrupted'])
  return Object.fromEntries(
    events.flatMap((event) => ('id' in event && ends.has(event.event) ? [[event.id, event.event]] : [])),
  )
}

export function eventsOf<E extends RunEvent['event']>({ events }: Ran, type: E): RunEventOf<E>[] {
  return events.filter((event): event is RunEventOf<E> => event.event === type)
}
