/** Runs the tests of a program: all of them are one plan, whose expectations tell which tests pass. */

import { join } from 'node:path'
import { parse } from '../../../grammar/parse.ts'
import { positionAt } from '../../../grammar/span.ts'
import type { TestDeclaration } from '../../../grammar/syntax.ts'
import type { RunEvent, RunEventOf } from '../../core/event.ts'
import type { Plan, PlanNode } from '../../core/plan.ts'
import { run } from '../../run/run.ts'
import { openStore } from '../../store/folder-store.ts'
import { prepareStore } from '../../store/layout.ts'
import type { ProgramOptions } from '../common-options.ts'
import { stageCommand, version } from '../package.ts'
import { compileFile } from '../program/compiled.ts'
import { programCall } from '../program/open-program.ts'
import { printDiagnostics } from '../program/print-diagnostics.ts'
import { checkTrust } from '../program/trust.ts'
import type { Stop } from '../terminal/stop.ts'

export interface TestResult {
  readonly name: string
  /** 1-based. */
  readonly line: number
  readonly outcome: 'passed' | 'failed' | 'interrupted'
  /** Whether nothing had to run. */
  readonly cached: boolean
  readonly expectations: number
  readonly problems: readonly Problem[]
}

/** An expectation that does not hold, or a stage that failed. */
export interface Problem {
  readonly line: number
  readonly message: string
  readonly help?: string
  /** The documents that the rules before an expectation dropped: `words >= 8 dropped "Home"`. */
  readonly dropped: readonly string[]
}

export interface TestedFile {
  readonly file: string
  /** Absent if the program has errors, which were printed. */
  readonly results?: readonly TestResult[]
  /** The files that the tests depend on. */
  readonly sources: readonly string[]
  readonly seconds: number
}

/** Compiles and runs the tests of `file`. */
export async function runTests(file: string, options: ProgramOptions, stop: Stop): Promise<TestedFile> {
  const call = programCall(file, options)
  // A store of their own, so that the last run of the program stays its last run.
  prepareStore(call.root)
  const store = openStore(join(call.root, 'tests'))
  const compiled = compileFile(file, { ...call, root: store.root, tests: true })
  printDiagnostics(compiled)
  const sources = [...compiled.sources.keys(), ...compiled.missing].filter((path) => !path.startsWith('std:'))
  if (compiled.plan === undefined) return { file, sources, seconds: 0 }
  const plan = withEmptyResults(compiled.plan)
  const text = compiled.sources.get(file) ?? ''
  const tests = parse(file, text).program.declarations.filter((each) => each.type === 'test')
  if (tests.length === 0) return { file, sources, seconds: 0, results: [] }
  await checkTrust(file, plan, store.root)
  const events = new Map<string, RunEvent>()
  const { seconds } = await run(plan, {
    store,
    programDir: call.folder,
    onEvent: (event) => {
      if (isEnd(event)) events.set(event.id, event)
    },
    stageCommand: stageCommand(),
    version,
    asked: { params: call.params, engine: call.engine },
    signal: stop,
    keepGoing: true,
  })
  return { file, sources, seconds, results: tests.map((test) => resultOf(test, text, plan, events)) }
}

/** A plan in which rules may drop all documents: that they do is what a test wants to see. */
function withEmptyResults(plan: Plan): Plan {
  const nodes = plan.nodes.map((node) =>
    node.kind === 'documents' ? { ...node, hints: { ...node.hints, mayBeEmpty: true } } : node,
  )
  return { ...plan, nodes }
}

type End = RunEventOf<'cached' | 'finished' | 'failed' | 'skipped' | 'interrupted'>

function isEnd(event: RunEvent): event is End {
  return ['cached', 'finished', 'failed', 'skipped', 'interrupted'].includes(event.event)
}

function resultOf(test: TestDeclaration, text: string, plan: Plan, events: ReadonlyMap<string, RunEvent>): TestResult {
  const { line } = positionAt(text, test.span.start)
  const last = positionAt(text, test.span.end).line
  const own = plan.nodes.filter(({ span }) => span.file === test.span.file && span.line >= line && span.endLine <= last)
  const needed = withInputs(plan, own)
  const ends = needed.map(({ id }) => events.get(id))
  const problems = needed.flatMap((node) => {
    const event = events.get(node.id)
    return event?.event === 'failed' ? [problemOf(node, event, plan, events)] : []
  })
  const isDone = ends.every((event) => event !== undefined && event.event !== 'interrupted')
  return {
    name: test.name.text,
    line,
    outcome: problems.length > 0 ? 'failed' : isDone ? 'passed' : 'interrupted',
    cached: ends.every((event) => event?.event === 'cached'),
    expectations: own.filter(({ kind }) => kind === 'expect').length,
    problems,
  }
}

/** Some nodes, and all that they depend on, in the order of the plan. */
function withInputs(plan: Plan, nodes: readonly PlanNode[]): PlanNode[] {
  const wanted = new Set(nodes.map(({ id }) => id))
  // Every node follows its inputs.
  for (const node of plan.nodes.toReversed())
    if (wanted.has(node.id)) for (const ref of Object.values(node.inputs).flat()) wanted.add(ref.node)
  return plan.nodes.filter(({ id }) => wanted.has(id))
}

function problemOf(
  node: PlanNode,
  { error }: RunEventOf<'failed'>,
  plan: Plan,
  events: ReadonlyMap<string, RunEvent>,
): Problem {
  const { message, help, code } = error
  const isExpectation = code === 'expectation-failed'
  return {
    line: node.span.line,
    message: isExpectation ? message : `${node.id} failed: ${message}`,
    // The help of an expectation is about runs whose results are kept.
    ...(help === undefined || isExpectation ? {} : { help }),
    dropped: isExpectation ? withInputs(plan, [node]).flatMap((each) => droppedBy(events.get(each.id))) : [],
  }
}

/** How many dropped documents a problem shows for a rule. */
const maxShown = 3

function droppedBy(event: RunEvent | undefined): string[] {
  if (event?.event !== 'finished' && event?.event !== 'cached') return []
  return (event.report?.ledger?.dropped ?? [])
    .filter(({ documents }) => documents > 0)
    .map(({ rule, documents, samples }) => {
      const shown = samples
        .slice(0, maxShown)
        .map(({ text, value }) => `${JSON.stringify(text)}${value ? ` (${value})` : ''}`)
      const more = documents > shown.length ? ` and ${documents - shown.length} more` : ''
      return `${rule} dropped ${shown.join(', ')}${more}`
    })
}
