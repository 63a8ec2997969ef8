/**
 * Writes the metrics of a run as offline runs of Weights & Biases, one for each stage that measures something, grouped by the run:
 *
 *     wandb/offline-run-20261124_141503-3f9c2a71/run-3f9c2a71.wandb
 *
 * `wandb sync wandb/offline-run-*` uploads them, and `wandb leet` shows them in the terminal.
 */

import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type MeasuredStage, measuredBy } from '../measured.ts'
import type { Field } from '../protobuf.ts'
import type { Tracker } from '../tracker.ts'
import { exitRecord, headerRecord, historyRecord, type Items, numbered, runRecord, summaryRecord } from './records.ts'
import { TransactionLog } from './transaction-log.ts'

const exitCodes = { finished: 0, failed: 1, interrupted: 255 } as const

/** A tracker that writes below `folder`. Nothing is written for stages without metrics. */
export function wandbTracker(folder: string): Tracker {
  const runs = new Map<string, OfflineRun>()
  return {
    event: measuredBy({
      begin: (stage) => void runs.set(stage.id, new OfflineRun(folder, stage)),
      values: ({ id }, step, time, values) => runs.get(id)?.log(time, step, values),
      sample: ({ id }, step, time, text) => runs.get(id)?.log(time, step, [['sample', text]]),
      end({ id }, outcome, _step, time, final) {
        const run = runs.get(id)
        run?.summarize(final)
        run?.end(time, exitCodes[outcome])
        runs.delete(id)
      },
    }),
  }
}

/** A run of Weights & Biases that was not uploaded. */
class OfflineRun {
  readonly #log: TransactionLog
  readonly #start: number
  #records = 0
  /** The newest step with values; -1 if there is none. */
  #step = -1
  /** The values of that step, which are written when it is complete. */
  #values = new Map<string, unknown>()
  #time = 0

  constructor(folder: string, { name, kind, params, startedAt, run }: MeasuredStage) {
    this.#start = startedAt
    const id = createHash('sha256').update(`${run.run} ${name} ${startedAt}`).digest('hex').slice(0, 8)
    const at = join(folder, `offline-run-${stamp(new Date(startedAt))}-${id}`)
    mkdirSync(join(at, 'files'), { recursive: true })
    this.#log = new TransactionLog(join(at, `run-${id}.wandb`))
    this.#append(headerRecord(run.version))
    const config: Items = [
      ['stage', name],
      ['kind', kind],
      ...Object.entries(params).map(([param, text]) => [param, numberOrText(text)] as const),
    ]
    const names = { project: run.project, group: run.run, name, job: kind, host: run.host }
    this.#append(runRecord({ ...names, id, start: startedAt, config }))
  }

  /** Takes in values of a step. Steps that were logged before, as after a retry, are left out: they have the same values. */
  log(time: number, step: number, values: Items): void {
    if (step < this.#step) return
    if (step > this.#step) this.#write()
    this.#step = step
    this.#time = time
    for (const [name, value] of values) this.#values.set(name, value)
  }

  /** Takes in the metrics of the finished stage. */
  summarize(metrics: Items): void {
    this.#write()
    if (metrics.length > 0) this.#append(summaryRecord(metrics))
  }

  end(time: number, code: number): void {
    this.#write()
    this.#append(exitRecord(code, (time - this.#start) / 1000))
  }

  /** Writes the values of the newest step, as its line and as the newest values. */
  #write(): void {
    if (this.#values.size === 0) return
    const items: Items = [
      ...this.#values,
      ['_step', this.#step],
      ['_runtime', (this.#time - this.#start) / 1000],
      ['_timestamp', this.#time / 1000],
    ]
    this.#append(historyRecord(this.#step, items))
    this.#append(summaryRecord(items))
    this.#values = new Map()
  }

  #append(record: readonly Field[]): void {
    this.#log.append(numbered(++this.#records, record))
  }
}

/** A number if the text is one, so that the client can sort and plot by it. */
function numberOrText(text: string): string | number {
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
}

/** `20261124_141503`, in the time zone of the machine. */
function stamp(date: Date): string {
  const two = (number: number) => String(number).padStart(2, '0')
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('')
  return `${day}_${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`
}
