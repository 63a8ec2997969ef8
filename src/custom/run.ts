/** Runs a custom stage in its process: streams its inputs, checks its outputs and keeps a ledger of both. */

import { pathToFileURL } from 'node:url'
import type { ArtefactKind } from '../core/artefact.ts'
import { Interrupted, StageError } from '../core/failure.ts'
import type { StageModule, StageRun } from '../core/kind/stage.ts'
import type { StageReport } from '../core/report.ts'
import type { JsonObject } from '../core/values/json.ts'
import { stemOf } from '../data/shards/records.ts'
import { checkCode } from '../store/inputs/code.ts'
import { definitionOf, provideApi } from './api.ts'
import { inputOf, isRecords, outputOf } from './artefacts.ts'
import type { Definition } from './definition.ts'
import { outputsOf } from './kind.ts'
import { CustomLedger } from './ledger.ts'
import type { Result } from './llmpipe.d.ts'
import { placeIn, projectFrames } from './stack.ts'

/** The time in which a stage that is asked to stop can save its work, in milliseconds. */
const saveTimeout = 5_000

/** Loads the stage that a bundle exports by a name. */
export async function loadStage(file: string, sha256: string, name: string): Promise<StageModule<unknown>> {
  checkCode(file, sha256)
  process.setSourceMapsEnabled(true)
  provideApi()
  const module = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>
  const definition = definitionOf(module[name])
  if (definition === undefined) throw new Error(`${file} exports no stage ${name}`)
  return { run: (stage) => runCustom(name, definition, stage) }
}

async function runCustom(name: string, definition: Definition, stage: StageRun): Promise<StageReport> {
  const ledger = new CustomLedger(name, nounOf(definition, stage))
  const inputs = Object.fromEntries(
    Object.entries(definition.inputs ?? {}).map(([role, { list }]) => {
      const taken = (stage.inputs[role] ?? []).map((artefact) => inputOf(artefact, stage, ledger))
      return [role, list ? taken : taken[0]]
    }),
  )
  const outputs = Object.fromEntries(
    kindsOfOutputs(definition, stage).map(([output, kind]) => {
      const what = definition.output === undefined ? `${name} (${output})` : name
      return [output, outputOf(kind, stage.outputs[output]!, what, ledger)]
    }),
  )
  const context = {
    inputs,
    settings: settingsOf(definition, stage),
    ...(definition.output === undefined ? { outputs } : { output: outputs.out }),
    drop: (record: object, rule: string, value?: string) => ledger.drop(record, rule, value),
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
  const result = (await untilStopped(name, () => definition.run(context), stage.signal)) ?? {}
  if (typeof result !== 'object') throw new StageError('bad-output', `${name} returned ${typeof result}`, returns)
  const { metrics = {}, summary } = result as Result
  const stray = Object.entries(metrics).find(([, value]) => typeof value !== 'number' || !Number.isFinite(value))
  if (stray) throw new StageError('bad-output', `${name} returned ${String(stray[1])} as metric ${stray[0]}`, returns)
  for (const output of Object.values(outputs)) output.end(metrics)
  return ledger.report(metrics, summary)
}

/** The kind of each output, by its name. */
function kindsOfOutputs(definition: Definition, { inputs }: StageRun): (readonly [name: string, kind: ArtefactKind])[] {
  return outputsOf(definition).map(([name, kind]) => [
    name,
    typeof kind === 'string' ? kind : inputs[kind.like]![0]!.kind,
  ])
}

/** The plural of the records that the stage writes. */
function nounOf(definition: Definition, stage: StageRun): string {
  const [kind] = kindsOfOutputs(definition, stage).flatMap(([, each]) => (isRecords(each) ? [each] : []))
  return kind === undefined || kind === 'Docs' ? 'documents' : stemOf(kind)
}

const returns = 'It returns nothing, or { metrics: { name: number }, summary: "…" }.'

/** Waits for a stage. A stage that is asked to stop and does not end within `saveTimeout` is abandoned. */
async function untilStopped(name: string, run: () => unknown, signal: AbortSignal): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  let asked = () => {}
  const stopped = new Promise<never>((_, reject) => {
    asked = () => {
      timer = setTimeout(() => reject(new Interrupted()), saveTimeout)
    }
  })
  signal.addEventListener('abort', asked)
  if (signal.aborted) asked()
  try {
    const result = await Promise.race([(async () => run())(), stopped])
    // The stage may have stopped early, and half of an output must not count as the whole.
    if (signal.aborted) throw new Interrupted()
    return result
  } catch (error) {
    if (error instanceof Interrupted || error instanceof StageError) throw error
    // Any error after the request to stop counts as an interruption.
    if (signal.aborted) throw new Interrupted()
    throw new CustomError(name, error)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', asked)
  }
}

/** An error that the code of a stage threw. */
class CustomError extends StageError {
  readonly #stack: string

  constructor(name: string, thrown: unknown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown))
    const stack = error.stack ?? ''
    const where = placeIn(stack)
    super(
      'stage-threw',
      `${name} threw ${error.name}: ${error.message}${where === undefined ? '' : ` (${where})`}`,
      'To fail with your own help text, throw a StageError of "llmpipe".',
    )
    this.#stack = projectFrames(stack)
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
