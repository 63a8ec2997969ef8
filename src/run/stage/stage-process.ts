/** The process of one stage: reads its job, runs it, and says what happens. `llmpipe stage` is this and nothing else. */

import type { Readable, Writable } from 'node:stream'
import { failureOf, Interrupted, StageError } from '../../core/failure.ts'
import type { StageKind } from '../../core/kind.ts'
import type { StageModule } from '../../core/stage.ts'
import { endWithParent } from '../../process/watchdog.ts'
import { isReport } from '../../store/action-shape.ts'
import { openParts } from '../../store/parts.ts'
import { jobIn, type LastWord, type StageJob, type StageMessage } from './job.ts'
import { throttled } from './throttle.ts'

export interface StageStreams {
  readonly stdin: Readable
  readonly stdout: Writable
  /** How long a stage may take to save its work once its runner is gone, in milliseconds. */
  readonly farewell?: number
  /** Loads a stage of the project's own. */
  own?(code: NonNullable<StageJob['code']>): Promise<StageModule<unknown>>
}

/**
 * Runs the job on `stdin`, a line of JSON; the runner keeps `stdin` open, and its end means that the runner is dead. Gives
 * the exit code: 0 done, 1 failed, 2 no job that could be run, 130 interrupted. The caller ends the process with it.
 */
export async function stageProcess<Services>(
  kinds: Readonly<Record<string, StageKind<Services>>>,
  services: () => Services,
  { stdin, stdout, farewell = 15_000, own }: StageStreams,
): Promise<number> {
  const stop = new AbortController()
  const asked = () => stop.abort()
  process.on('SIGINT', asked)
  process.on('SIGTERM', asked)
  // The runner is gone; its end of the pipe is closed, and the end of stdin will say so.
  stdout.on('error', asked)

  const text = await firstLine(stdin)
  // Died before it had said everything: nothing was begun.
  if (text === undefined) return 2
  watchRunner(stdin, asked, farewell)
  const say = (message: StageMessage) => void stdout.write(`${JSON.stringify(message)}\n`)
  const job = jobIn(text)
  if (typeof job === 'string') {
    say({ event: 'failed', error: { code: 'bug', message: job } })
    return 2
  }
  const { emit, flush } = throttled(say)
  const load = () => (job.code === undefined ? loadKind(job.kind, kinds) : loadOwn(job.code, own))
  const { memoryHelp } = kinds[job.kind] ?? {}
  const last = await work(job, load, services, emit, stop.signal, memoryHelp)
  flush()
  say(last)
  stdin.destroy()
  return last.event === 'done' ? 0 : last.event === 'failed' ? 1 : 130
}

async function work<Services>(
  job: StageJob,
  load: () => Promise<StageModule<Services>>,
  services: () => Services,
  emit: (message: StageMessage) => void,
  signal: AbortSignal,
  memoryHelp: string | undefined,
): Promise<LastWord> {
  try {
    const module = await load()
    const { kind: _, code: __, version: ___, parts: kept, ...given } = job
    const parts = openParts(kept.store, kept.scope)
    const report = await module.run({ ...given, parts, emit, signal }, services())
    if (!isReport(report))
      throw new StageError(
        'bad-report',
        'the stage reports something that no screen can show',
        'Metrics are numbers by name, the summary is a text, and `comparison`, `ranking` and `sample` in `detail` have the form that is documented.',
      )
    return { event: 'done', report }
  } catch (error) {
    if (error instanceof Interrupted) {
      return { event: 'interrupted', ...(error.step === undefined ? {} : { step: error.step }) }
    }
    // Stopped inside a call that knows signals but not us: nothing was saved, nothing is lost.
    if (signal.aborted && error instanceof Error && error.name === 'AbortError') return { event: 'interrupted' }
    return { event: 'failed', error: failureOf(error, memoryHelp) }
  }
}

async function loadKind<Services>(
  name: string,
  kinds: Readonly<Record<string, StageKind<Services>>>,
): Promise<StageModule<Services>> {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
  if (kind?.load === undefined) throw new Error(`there is no kind of stage "${name}" that can be run`)
  return kind.load()
}

async function loadOwn(code: NonNullable<StageJob['code']>, own: StageStreams['own']): Promise<StageModule<unknown>> {
  if (own === undefined) throw new Error('this process cannot run stages of a project')
  return own(code)
}

/** The first line of a stream, or nothing if it ends before. The stream goes on being read. */
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

/** When the runner dies, asks the stage to save, and ends it soon in any case. */
function watchRunner(stdin: Readable, asked: () => void, farewell: number): void {
  stdin.resume()
  stdin.once('end', () => {
    asked()
    setTimeout(() => process.exit(130), farewell).unref()
  })
  endWithParent(farewell)
}
