/** Collects what the page of a run shows: the fold of the log of the run, and what the store still has of each stage. */

import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import type { JsonObject } from '../../core/values/json.ts'
import { isObject, isText, listOf } from '../../core/values/shape.ts'
import { quoted } from '../../core/values/shell-word.ts'
import type { OutputData, ReportData, StageData } from '../../report/data.ts'
import { streamOf } from '../../run/log/past-runs.ts'
import { failureFolder } from '../../store/failures.ts'
import type { FolderStore } from '../../store/folder-store.ts'
import type { Action } from '../../store/store.ts'
import { count } from '../../view/format.ts'
import { emptyRun, type RunView, type StageView } from '../../view/log/fold.ts'
import { summaryOf } from '../../view/log/summary.ts'
import { version } from '../package.ts'
import { pastRun } from '../past-run.ts'
import { answersIn } from './answers.ts'
import { Recorded, rolloutsIn, samplesIn, scalarsOf, thinned } from './curves.ts'
import { planIn } from './plan-json.ts'
import { withoutPrivate } from './private.ts'

/** The lines at the end of the log of a failed stage, and the warnings of a stage, that the page has at most. */
const [mostLines, mostWarnings] = [60, 200]

export interface Reported {
  readonly store: FolderStore
  readonly run: string
  /** The program as the command was given it. */
  readonly file: string
  /** The option that names the store on a command line; empty if commands find it without. */
  readonly storeOption: string
}

/** The facts about a run of `file`. */
export function collect({ store, run, file, storeOption }: Reported): ReportData {
  const recorded = new Recorded()
  const past = pastRun(store.root, run, (event) => recorded.add(event))
  const { view, life, begun } = past ?? { view: emptyRun(), life: 'over', begun: undefined }
  const summary = summaryOf(view, life)
  const plan = planOf(store, run)
  const logs = new Map<string, Recorded>([[run, recorded]])
  const logOf = (name: string) => {
    const known = logs.get(name)
    if (known !== undefined) return known
    const made = new Recorded()
    // Of another run, only the samples are shown; its metrics are beside the outputs.
    for (const event of streamOf(store.root, name) ?? []) if (event.event === 'sample') made.add(event)
    logs.set(name, made)
    return made
  }
  const stages = [...view.stages.values()]
  const curves = thinned(stages.map((stage) => scalarsOf(stage, store, recorded)))
  const machine = begun?.process?.machine.split(' ')[0]
  const clean = withoutPrivate(resolve(dirname(file)))
  const program = isAbsolute(view.program) ? basename(view.program) : view.program
  return {
    program,
    run,
    version: view.version,
    madeBy: version,
    ...(machine === undefined || machine === '' ? {} : { machine }),
    startedAt: view.startedAt,
    madeAt: life === 'running' ? Date.now() : view.now,
    ...(view.finished === undefined ? {} : { seconds: view.finished.seconds }),
    outcome: summary.outcome,
    ran: summary.ran,
    cached: summary.cached,
    failed: summary.failed,
    notices: clean(view.notices),
    stages: stages.map((stage, i) => ({
      ...stageOf(stage, { store, run, plan, logOf, clean, program }),
      state: summary.stages.get(stage.name)?.outcome ?? stage.state,
      curves: curves[i] ?? {},
    })),
    results: plan.results,
    commands: clean(commandsFor(program, view, storeOption)),
  }
}

interface Context {
  readonly store: FolderStore
  readonly run: string
  readonly plan: PastPlan
  readonly program: string
  readonly logOf: (run: string) => Recorded
  readonly clean: ReturnType<typeof withoutPrivate>
}

function stageOf(stage: StageView, context: Context): Omit<StageData, 'curves'> {
  const { store, run, plan, logOf, clean, program } = context
  const { id, name, kind, after, variant, state, key, error, because, exported } = stage
  const action = key === undefined || !hasOutput(stage) ? undefined : store.read(key)
  const madeIn = action === undefined || action.run === run ? undefined : action.run
  const outputs = outputsOf(stage, action)
  const report = action?.report ?? stage.report ?? {}
  const ledger = report.ledger ?? stage.ledger
  const seconds = stage.seconds
  const models = modelsOf(report.detail)
  const logged = logOf(madeIn ?? run)
  const loggedId = madeIn === undefined ? id : (action?.node.id ?? id)
  const expectation = plan.expectations.get(id)
  const answers = outputs.flatMap(({ digest, kind: made }) =>
    made === undefined ? [] : answersIn(store.objectFolder(digest), made, models),
  )
  return {
    id,
    name,
    kind,
    after,
    ...(variant === undefined ? {} : { variant }),
    place: `${clean(stage.file) ?? basename(program)}:${stage.line}`,
    state,
    ...(seconds === undefined ? {} : { seconds }),
    ...(stage.reason === undefined ? {} : { reason: clean(stage.reason) }),
    ...(madeIn === undefined ? {} : { madeIn }),
    ...(action === undefined ? {} : { time: action.time }),
    ...(key === undefined ? {} : { key }),
    outputs,
    report,
    ...(ledger === undefined ? {} : { ledger: { ...ledger, malformed: clean(ledger.malformed) } }),
    samples: samplesIn(logged, loggedId),
    rollouts: rolloutsIn(logged, loggedId),
    answers,
    warnings: clean(warningsOf(stage, store)),
    logTail: error === undefined ? [] : clean(logTail(stage, store)),
    ...(error === undefined ? {} : { error: clean(error) }),
    ...(expectation === undefined ? {} : { expectation }),
    ...(because === undefined ? {} : { because: clean(because) }),
    ...(exported === undefined ? {} : { exported: clean(exported) }),
    ...progressOf(stage),
    files: clean(Object.values(action?.files ?? {}).flat()),
    settings: clean(plan.settings.get(id) ?? {}),
    gone: goneOf(stage, action, outputs, store),
  }
}

function hasOutput({ state }: StageView): boolean {
  return state === 'cached' || state === 'finished'
}

function outputsOf(stage: StageView, action: Action | undefined): readonly OutputData[] {
  return Object.entries(stage.outputs).map(([name, digest]) => {
    const output = Object.values(action?.outputs ?? {}).find((each) => each.digest === digest)
    if (output === undefined) return { name, digest }
    return { name, digest, kind: output.kind, bytes: output.files.reduce((sum, { size }) => sum + size, 0) }
  })
}

/** The names of the models of an evaluation. */
function modelsOf(detail: StageData['report']['detail']): readonly string[] {
  return detail !== undefined && 'comparison' in detail ? detail.comparison.models : []
}

/** The warnings of this run, or of the run that made the outputs. */
function warningsOf({ state, key, log }: StageView, store: FolderStore): readonly string[] {
  const logged = log.filter(({ level }) => level !== 'info').map(({ message }) => message)
  if (logged.length > 0 || state !== 'cached' || key === undefined) return logged.slice(0, mostWarnings)
  return linesIn(join(store.actionFolder(key), 'log.txt'))
    .flatMap((line) => /^(?:warning|error): (.*)$/.exec(line)?.[1] ?? [])
    .slice(0, mostWarnings)
}

function logTail({ key, log }: StageView, store: FolderStore): readonly string[] {
  const kept = key === undefined ? [] : linesIn(join(failureFolder(store.root, key), 'log.txt'))
  return (kept.length > 0 ? kept : log.map(({ message }) => message)).slice(-mostLines)
}

function linesIn(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(0, -1)
  } catch {
    // The stage wrote no log, or it was collected.
    return []
  }
}

function progressOf({ state, progress }: StageView): { readonly progress?: string } {
  if (state !== 'running' || progress === undefined) return {}
  const { done, total, unit } = progress
  return { progress: total === undefined ? `${count(done)} ${unit}` : `${count(done)} of ${count(total)} ${unit}` }
}

function goneOf(
  stage: StageView,
  action: Action | undefined,
  outputs: readonly OutputData[],
  store: FolderStore,
): readonly string[] {
  if (!hasOutput(stage)) return []
  const lost = outputs.filter(({ digest }) => !existsSync(store.objectFolder(digest)))
  return [
    ...(action === undefined ? ['its record, with its curves and its log'] : []),
    ...(lost.length > 0 ? [lost.length === 1 ? 'its output' : `${lost.length} outputs`] : []),
  ]
}

/** The parts of the plan of a past run that the page needs. */
interface PastPlan {
  readonly results: readonly string[]
  readonly settings: ReadonlyMap<string, JsonObject>
  /** The tests of the expectations as the program writes them. */
  readonly expectations: ReadonlyMap<string, string>
}

/** The plan in the folder of a run. */
function planOf(store: FolderStore, run: string): PastPlan {
  const { nodes, results } = planIn(store.root, run)
  const settings = nodes.flatMap(({ id, params }) => (isText(id) && isObject(params) ? [{ id, params }] : []))
  return {
    results: listOf(isText)(results) ? results : [],
    settings: new Map(settings.map(({ id, params }) => [id, shownSettings(params)])),
    expectations: new Map(settings.flatMap(({ id, params }) => (isText(params.$test) ? [[id, params.$test]] : []))),
  }
}

/** Settings without environment variables, which may hold secrets. */
function shownSettings(params: { readonly [name: string]: unknown }): JsonObject {
  const isShown = (name: string) => name !== 'env' && name !== 'pass'
  // The params of a plan are JSON: they were read from a file of JSON.
  return Object.fromEntries(Object.entries(params).filter(([name]) => isShown(name))) as JsonObject
}

function commandsFor(program: string, { options }: RunView, storeOption: string): ReportData['commands'] {
  const line = (command: string, ...more: readonly string[]) =>
    ['llmpipe', command, quoted(program), ...more, options, storeOption].filter((word) => word !== '').join(' ')
  return [
    { line: line('run'), purpose: 'run it again; what the store has is not computed anew' },
    { line: line('plan'), purpose: 'what a run would do now, and why' },
    { line: line('ls'), purpose: 'the artefacts with their digests' },
  ]
}
