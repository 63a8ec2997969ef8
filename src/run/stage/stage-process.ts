/** The process of one stage, which `llmpipe stage` starts: it reads its job, runs it, and reports what happens. */

import type { Readable, Writable } from 'node:stream'
import { failureOf, Interrupted, StageError } from '../../core/failure.ts'
import type { StageKind } from '../../core/kind/kind.ts'
import type { StageModule } from '../../core/kind/stage.ts'
import { endWithParent } from '../../process/watchdog.ts'
import { isReport } from '../../store/action-shape.ts'
import type { LocalOptions } from '../../store/inputs/buckets.ts'
import { openParts } from '../../store/parts.ts'
import { jobIn, type StageJob, type StageMessage, type StageResult } from './job.ts'
import { PartPool, type PartPoolOptions } from './part-pool.ts'
import { throttled } from './throttle.ts'

export interface StageStreams {
  readonly stdin: Readable
  readonly stdout: Writable
  /** How long a stage may take to save its work after its runner has ended, in milliseconds. */
  readonly saveTime?: number
  /** The script that a thread runs to make parts (`partWorker`), and its arguments. Without it, parts are made one after the other. */
  readonly partScript?: PartPoolOptions['script']
  /** Loads a custom stage. */
  custom?(code: NonNullable<StageJob['code']>): Promise<StageModule<unknown>>
}

/**
 * Runs the job on `stdin`, a line of JSON. The runner keeps `stdin` open: its end means that the runner is dead. Returns the exit code, with
 * which the caller ends the process: 0 done, 1 failed, 2 no job that can be run, 130 interrupted.
 */
export async function stageProcess<Services>(
  kinds: Readonly<Record<string, StageKind<Services>>>,
  services: () => Services,
  { stdin, stdout, saveTime = 15_000, partScript, custom }: StageStreams,
): Promise<number> {
  const stop = new AbortController()
  const asked = () => stop.abort()
  process.on('SIGINT', asked)
  process.on('SIGTERM', asked)
  // The runner is gone and its end of the pipe is closed.
  stdout.on('error', asked)

  const text = await firstLine(stdin)
  // The runner died before it had sent the whole job.
  if (text === undefined) return 2
  watchRunner(stdin, asked, saveTime)
  const send = (message: StageMessage) => void stdout.write(`${JSON.stringify(message)}\n`)
  const job = jobIn(text)
  if (typeof job === 'string') {
    send({ event: 'failed', error: { code: 'bug', message: job } })
    return 2
  }
  const { emit, flush } = throttled(send)
  const load = () => (job.code === undefined ? loadKind(job.kind, kinds) : loadCustom(job.code, custom))
  const { memoryHelp } = kinds[job.kind] ?? {}
  const threads = job.threads + (job.spareThreads ?? 0)
  const { signal } = stop
  const poolFor = (own: StageJob) =>
    partScript === undefined || job.code !== undefined || threads < 2
      ? undefined
      : new PartPool({ job: own, threads, script: partScript, signal, usesKeptList: true })
  const result = await work(job, load, services, { emit, signal, poolFor }, memoryHelp)
  flush()
  send(result)
  stdin.destroy()
  return result.event === 'done' ? 0 : result.event === 'failed' ? 1 : 130
}

interface Surroundings {
  readonly emit: (message: StageMessage) => void
  readonly signal: AbortSignal
  /** The threads of a job whose files are on this machine; `undefined` for a job without threads. */
  poolFor(job: StageJob): PartPool | undefined
}

async function work<Services>(
  job: StageJob,
  load: () => Promise<StageModule<Services>>,
  services: () => Services,
  { emit, signal, poolFor }: Surroundings,
  memoryHelp: string | undefined,
): Promise<StageResult> {
  let pool: PartPool | undefined
  try {
    const module = await load()
    const { kind: _, code: __, version: ___, parts: kept, ...given } = job
    const parts = openParts(kept.store, kept.scope)
    const files = await local(given.files, { root: kept.store, signal, emit })
    pool = poolFor({ ...job, files })
    const spread = pool === undefined ? {} : { spread: pool.spread }
    const report = await module.run({ ...given, files, parts, ...spread, emit, signal }, services())
    if (!isReport(report))
      throw new StageError(
        'bad-report',
        'the report of the stage has a shape that no screen can show',
        'Metrics are numbers by name, the summary is a text, and `comparison`, `ranking` and `sample` in `detail` have the form that is documented.',
      )
    return { event: 'done', report }
  } catch (error) {
    if (error instanceof Interrupted) {
      return { event: 'interrupted', ...(error.step === undefined ? {} : { step: error.step }) }
    }
    // Stopped inside a call of a library that takes the signal.
    if (signal.aborted && error instanceof Error && error.name === 'AbortError') return { event: 'interrupted' }
    return { event: 'failed', error: failureOf(error, memoryHelp) }
  } finally {
    await pool?.end()
  }
}

/** The files of a stage, with those in buckets downloaded. */
async function local(files: StageJob['files'], options: LocalOptions): Promise<StageJob['files']> {
  const isRemote = Object.values(files).some((list) => list.some(({ source }) => source !== undefined))
  return isRemote ? (await import('../../store/inputs/buckets.ts')).downloaded(files, options) : files
}

async function loadKind<Services>(
  name: string,
  kinds: Readonly<Record<string, StageKind<Services>>>,
): Promise<StageModule<Services>> {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
  if (kind?.load === undefined) throw new Error(`there is no stage kind "${name}" that can be run`)
  return kind.load()
}

async function loadCustom(
  code: NonNullable<StageJob['code']>,
  load: StageStreams['custom'],
): Promise<StageModule<unknown>> {
  if (load === undefined) throw new Error('this process cannot run custom stages')
  return load(code)
}

/** The first line of a stream; `undefined` if the stream ends before. The stream stays open. */
function firstLine(stdin: Readable): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = ''
    const more = (piece: string) => {
      text += piece
      const end = text.indexOf('\n')
      if (end < 0) return
      stdin.off('data', more)
      resolve(text.slice(0, end))
    }
    stdin.setEncoding('utf8')
    stdin.on('data', more)
    stdin.once('end', () => resolve(undefined))
    stdin.once('error', () => resolve(undefined))
  })
}

/** Asks the stage to save its work when the runner dies, and ends the process soon after in any case. */
function watchRunner(stdin: Readable, asked: () => void, saveTime: number): void {
  stdin.resume()
  stdin.once('end', () => {
    asked()
    setTimeout(() => process.exit(130), saveTime).unref()
  })
  endWithParent(saveTime)
}
