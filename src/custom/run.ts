/** Runs a stage of the project's own, in its process: what it takes as streams, what it makes checked, and a ledger of both. */

import { pathToFileURL } from 'node:url'
import type { ArtefactKind } from '../core/artefact.ts'
import { Interrupted, StageError } from '../core/failure.ts'
import type { JsonObject } from '../core/json.ts'
import type { StageReport } from '../core/report.ts'
import type { StageModule, StageRun } from '../core/stage.ts'
import { stemOf } from '../data/shards/records.ts'
import { checkCode } from '../store/inputs/code.ts'
import { definitionOf, provideApi } from './api.ts'
import { inputOf, isRecords, outputOf } from './artefacts.ts'
import type { Definition } from './definition.ts'
import { outputsOf } from './kind.ts'
import type { Result } from './llmpipe.d.ts'
import { ownFrames, placeIn } from './place.ts'
import { Tally } from './tally.ts'

/** How long a stage that is asked to stop may take to save something, in milliseconds. */
const farewell = 5_000

/** Loads the stage that a file of code exports by a name. */
export async function loadStage(file: string, sha256: string, name: string): Promise<StageModule<unknown>> {
  checkCode(file, sha256)
  process.setSourceMapsEnabled(true)
  provideApi()
  const module = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>
  const definition = definitionOf(module[name])
  if (definition === undefined) throw new Error(`${file} exports no stage ${name}`)
  return { run: (stage) => runOwn(name, definition, stage) }
}

async function runOwn(name: string, definition: Definition, stage: StageRun): Promise<StageReport> {
  const tally = new Tally(name, nounOf(definition, stage))
  const inputs = Object.fromEntries(
    Object.entries(definition.inputs ?? {}).map(([role, { list }]) => {
      const taken = (stage.inputs[role] ?? []).map((artefact) => inputOf(artefact, stage, tally))
      return [role, list ? taken : taken[0]]
    }),
  )
  const outputs = Object.fromEntries(
    kindsMade(definition, stage).map(([output, kind]) => {
      const what = definition.output === undefined ? `${name} (${output})` : name
      return [output, outputOf(kind, stage.outputs[output]!, what, tally)]
    }),
  )
  const handed = {
    inputs,
    settings: settingsOf(definition, stage),
    ...(definition.output === undefined ? { outputs } : { output: outputs.out }),
    drop: (record: object, rule: string, value?: string) => tally.drop(record, rule, value),
    log: (message: string, level: 'info' | 'warning' | 'error' = 'info') =>
      stage.emit({ event: 'log', level, message: String(message) }),
    progress: (done: number, total: number | undefined, unit: string) =>
      stage.emit({ event: 'progress', done, unit, ...(total === undefined ? {} : { total }) }),
    metric: (step: number, values: Readonly<Record<string, number>>) =>
      stage.emit({ ...values, event: 'metric', step }),
    work: stage.work,
    threads: stage.threads,
    signal: stage.signal,
  }
  const said = (await untilStopped(name, () => definition.run(handed), stage.signal)) ?? {}
  if (typeof said !== 'object') throw new StageError('bad-output', `${name} returned ${typeof said}`, returns)
  const { metrics = {}, summary } = said as Result
  const stray = Object.entries(metrics).find(([, value]) => typeof value !== 'number' || !Number.isFinite(value))
  if (stray) throw new StageError('bad-output', `${name} returned ${String(stray[1])} as metric ${stray[0]}`, returns)
  for (const output of Object.values(outputs)) output.end(metrics)
  return tally.report(metrics, summary)
}

/** What kind each output is of. */
function kindsMade(definition: Definition, { inputs }: StageRun): (readonly [name: string, kind: ArtefactKind])[] {
  return outputsOf(definition).map(([name, kind]) => [
    name,
    typeof kind === 'string' ? kind : inputs[kind.like]![0]!.kind,
  ])
}

/** What the records that it makes are called. */
function nounOf(definition: Definition, stage: StageRun): string {
  const [kind] = kindsMade(definition, stage).flatMap(([, each]) => (isRecords(each) ? [each] : []))
  return kind === undefined || kind === 'Docs' ? 'documents' : stemOf(kind)
}

const returns = 'It returns nothing, or { metrics: { name: number }, summary: "…" }.'

/** Waits for a stage; one that does not listen when it is asked to stop is not waited for much longer. */
async function untilStopped(name: string, run: () => unknown, signal: AbortSignal): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  let asked = () => {}
  const stopped = new Promise<never>((_, reject) => {
    asked = () => {
      timer = setTimeout(() => reject(new Interrupted()), farewell)
    }
  })
  signal.addEventListener('abort', asked)
  if (signal.aborted) asked()
  try {
    const said = await Promise.race([(async () => run())(), stopped])
    // Whether it broke off or came to its end is not to be told from here: half of an output must not be taken for the whole.
    if (signal.aborted) throw new Interrupted()
    return said
  } catch (error) {
    if (error instanceof Interrupted || error instanceof StageError) throw error
    // Whatever breaks off because it was asked to.
    if (signal.aborted) throw new Interrupted()
    throw new OwnError(name, error)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', asked)
  }
}

/** Something that the code of a stage threw. */
class OwnError extends StageError {
  readonly #stack: string

  constructor(name: string, thrown: unknown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown))
    const stack = error.stack ?? ''
    const where = placeIn(stack)
    super(
      'stage-threw',
      `${name} threw ${error.name}: ${error.message}${where === undefined ? '' : ` (${where})`}`,
      'To fail with advice of your own, throw a StageError of "llmpipe".',
    )
    this.#stack = ownFrames(stack)
  }

  override toFailure() {
    return { ...super.toFailure(), detail: this.#stack }
  }
}

function settingsOf({ settings = {} }: Definition, { params, hints, files }: StageRun): JsonObject {
  const values = Object.entries(settings).map(([name, spec]) => [
    name,
    spec.files ? (files[name] ?? []) : spec.hint ? hints[name] : params[name],
  ])
  return Object.freeze(Object.fromEntries(values))
}
