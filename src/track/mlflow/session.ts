/** The experiment and the runs that a run of llmpipe makes on a server of MLflow. */

import { isText, listOf, shape } from '../../core/values/shape.ts'
import { Refused } from '../http/outbox.ts'
import { accepted, type TrackingServer } from '../http/server.ts'
import type { MeasuredRun, MeasuredStage } from '../measured.ts'
import type { Surroundings } from '../tracker.ts'
import { type Call, endKilled } from './killed.ts'

/** Metrics and params of one call of `log-batch`. */
export const mostMetrics = 1_000
const mostParams = 100

/** The most characters of the value of a param: since MLflow 2.8, since 1.28, and before. */
const valueLengths = [6_000, 500, 250] as const
const shortest = valueLengths[2]

/** The most characters of the name of a metric or a param. */
const keyLength = 250

const api = 'api/2.0/mlflow'

const isRun = shape({
  run: shape({ data: shape({ params: listOf(shape({ key: isText, value: isText })) }) }),
})

export type Item =
  | { readonly kind: 'begin'; readonly stage: MeasuredStage }
  | { readonly kind: 'metric'; readonly stage: string; readonly metric: Metric }
  | { readonly kind: 'end'; readonly stage: string; readonly status: string; readonly time: number }

interface Metric {
  readonly key: string
  /** JSON has no infinities and no NaN; MLflow reads them as texts. */
  readonly value: number | string
  readonly timestamp: number
  readonly step: number
}

export class Session {
  readonly #server: TrackingServer
  readonly #surroundings: Surroundings
  #experiment: string | undefined
  readonly #runs = new Map<string, string>()
  /** The runs whose params the server has. */
  readonly #described = new Set<string>()
  /** The most characters of a value that the server has not refused. */
  #valueLength: number = valueLengths[0]
  /** The names that were cut, the number of values that were, and the fewest characters that are left of one. */
  readonly #cutNames = new Set<string>()
  #cutValues = 0
  #keptLength = Number.POSITIVE_INFINITY

  constructor(server: TrackingServer, surroundings: Surroundings) {
    this.#server = server
    this.#surroundings = surroundings
  }

  /**
   * A name with the characters that MLflow allows: `loss.web` for `loss[web]`. Servers that keep metrics as files make folders of names with `/`, so
   * `loss/web` could not stand beside `loss`.
   */
  keyOf(name: string): string {
    const key = name
      .replace(/\[([^\]]*)\]$/, (_, part: string) => `.${part.replaceAll('/', '_')}`)
      .replace(/[^\w\-. /]/g, '_')
    if (key.length > keyLength) this.#cutNames.add(name)
    return key.slice(0, keyLength)
  }

  /** Sends items in order; metrics of the same stage that follow each other are sent at once. Sending the same items twice changes nothing but duplicate values. */
  async send(items: readonly Item[], signal: AbortSignal): Promise<void> {
    let metrics: Metric[] = []
    let of = ''
    const flush = async () => {
      if (metrics.length > 0) await this.#post('runs/log-batch', { run_id: this.#runs.get(of), metrics }, signal)
      metrics = []
    }
    for (const item of items) {
      if (item.kind === 'metric') {
        if (item.stage !== of) await flush()
        of = item.stage
        metrics.push(item.metric)
        continue
      }
      await flush()
      if (item.kind === 'begin') await this.#begin(item.stage, signal)
      else {
        const run_id = this.#runs.get(item.stage)
        await this.#post('runs/update', { run_id, status: item.status, end_time: item.time }, signal)
      }
    }
    await flush()
  }

  /** Reports what was cut. */
  close(): void {
    const parts = [
      ...(this.#cutValues > 0
        ? [`${counted(this.#cutValues, 'value')} of params to ${this.#keptLength} characters`]
        : []),
      ...(this.#cutNames.size > 0 ? [`${counted(this.#cutNames.size, 'name')} to ${keyLength} characters`] : []),
    ]
    if (parts.length > 0)
      this.#surroundings.warn(`MLflow: cut ${parts.join(' and ')}, which is all that the server takes`)
  }

  async #begin(stage: MeasuredStage, signal: AbortSignal): Promise<void> {
    const { id, name, kind, params } = stage
    // Items of which a call failed are sent again.
    const run_id = this.#runs.get(id) ?? (await this.#create(stage, signal))
    this.#runs.set(id, run_id)
    if (this.#described.has(run_id)) return
    const all = Object.entries({ ...params, stage: name, kind })
    for (let from = 0; from < all.length; from += mostParams)
      await this.#describe(run_id, all.slice(from, from + mostParams), signal)
    const long = all.filter(([, value]) => value.length > shortest)
    if (long.length > 0) await this.#countCut(run_id, long, signal)
    this.#described.add(run_id)
  }

  /** Sends params. Servers that refuse values as long as newer ones take get them cut to what they may take. */
  async #describe(run_id: string, params: readonly (readonly [string, string])[], signal: AbortSignal): Promise<void> {
    const longest = Math.max(...params.map(([, value]) => value.length))
    for (;;) {
      const most = this.#valueLength
      const shorter = valueLengths.find((length) => length < most)
      try {
        const sent = params.map(([key, value]) => ({ key: this.keyOf(key), value: value.slice(0, most) }))
        await this.#post('runs/log-batch', { run_id, params: sent }, signal)
        return
      } catch (error) {
        if (!(error instanceof Refused) || shorter === undefined || longest <= shorter) throw error
        this.#valueLength = shorter
      }
    }
  }

  /** Counts the values that the server has not got whole: some servers cut them without a word. */
  async #countCut(run_id: string, long: readonly (readonly [string, string])[], signal: AbortSignal): Promise<void> {
    const path = `${api}/runs/get?run_id=${encodeURIComponent(run_id)}`
    const { body } = await this.#server.call('GET', path, signal)
    const kept = isRun(body) ? new Map(body.run.data.params.map(({ key, value }) => [key, value])) : new Map()
    for (const [key, value] of long) {
      const length = kept.get(this.keyOf(key))?.length ?? Math.min(value.length, this.#valueLength)
      if (length >= value.length) continue
      this.#cutValues++
      this.#keptLength = Math.min(this.#keptLength, length)
    }
  }

  /** Makes the run of a stage, and returns its id. */
  async #create({ run, name, kind, startedAt }: MeasuredStage, signal: AbortSignal): Promise<string> {
    this.#experiment ??= await this.#openExperiment(run, signal)
    const tags = {
      'mlflow.runName': name,
      'mlflow.source.name': run.project,
      'mlflow.source.type': 'LOCAL',
      'llmpipe.run': run.run,
      'llmpipe.kind': kind,
      'llmpipe.version': run.version,
      'llmpipe.host': run.host,
    }
    const body = {
      experiment_id: this.#experiment,
      run_name: name,
      start_time: startedAt,
      tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    }
    const run_id = textAt(await this.#post('runs/create', body, signal), 'run', 'info', 'run_id')
    if (run_id === undefined) throw new Error(`${this.#server.shown} is not a server of MLflow`)
    return run_id
  }

  /** The experiment of the program, in which runs of killed runs of llmpipe have been ended. */
  async #openExperiment(run: MeasuredRun, signal: AbortSignal): Promise<string> {
    const found = await this.#findExperiment(run, signal)
    if (found === undefined) return this.#makeExperiment(run, signal)
    const call: Call = (path, body) => this.#post(path, body, signal)
    try {
      const ended = await endKilled(call, found, run.run, this.#surroundings.endOf)
      if (ended > 0)
        this.#surroundings.warn(`MLflow: ${counted(ended, 'run')} of a llmpipe that was killed got the status KILLED`)
    } catch (error) {
      // A server may allow to write only.
      if (!(error instanceof Refused)) throw error
      this.#surroundings.warn(`MLflow: runs of a llmpipe that was killed may still be RUNNING: ${error.message}`)
    }
    return found
  }

  async #findExperiment({ project }: MeasuredRun, signal: AbortSignal): Promise<string | undefined> {
    const path = `${api}/experiments/get-by-name?experiment_name=${encodeURIComponent(project)}`
    const answer = await this.#server.call('GET', path, signal)
    if (answer.status === 404) return undefined
    return textAt(accepted(answer, this.#server).body, 'experiment', 'experiment_id')
  }

  async #makeExperiment(run: MeasuredRun, signal: AbortSignal): Promise<string> {
    const made = await this.#server.call('POST', `${api}/experiments/create`, signal, { name: run.project })
    // Another run can have made it meanwhile.
    const id = made.status < 300 ? textAt(made.body, 'experiment_id') : await this.#findExperiment(run, signal)
    if (id !== undefined) return id
    accepted(made, this.#server)
    throw new Error(`${this.#server.shown} is not a server of MLflow`)
  }

  async #post(path: string, body: object, signal: AbortSignal) {
    return accepted(await this.#server.call('POST', `${api}/${path}`, signal, body), this.#server).body
  }
}

/** `1 run`, `2 runs`. */
function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

/** The text at a path of an answer. */
function textAt(body: unknown, ...path: readonly string[]): string | undefined {
  const found = path.reduce<unknown>(
    (value, field) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[field] : undefined,
    body,
  )
  return typeof found === 'string' ? found : undefined
}
