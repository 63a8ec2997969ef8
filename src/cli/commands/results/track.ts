/** `llmpipe track TOOL FILE`: passes the metrics of a past run on to a tool, as `run --track` does while it runs. */

import type { RunEvent } from '../../../core/event.ts'
import { defineCommand } from '../../command.ts'
import { storeOption } from '../../common-options.ts'
import { text } from '../../option.ts'
import { write, writeError } from '../../terminal/output.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'
import { openTracker, trackers } from '../../track.ts'

/** The events whose values wait for the server together. */
const atOnce = 100

export const track = defineCommand({
  name: 'track',
  summary: 'pass the metrics of a past run on to TensorBoard, Weights & Biases, MLflow or Trackio',
  details: `What run --track does while it runs, for a run that is over: because it ran where no server could be reached, or without --track. Every
    call writes or sends the run once more. Stages that were cached in the run measured nothing in it. Stages that ran when the run was killed end as
    interrupted.`,
  arguments: [
    { name: '<tool>', description: trackers.join(', '), completes: trackers },
    { name: '<file>', description: 'the program', completes: 'programs' },
  ],
  options: {
    run: text('run', 'the beginning of a run, as log lists them, or its last six letters; the newest if not given'),
    to: text('place', 'the folder, or the address of the server; as for run --track-to'),
    store: storeOption,
  },
  examples: [
    ['llmpipe track mlflow pipeline.llmpipe', 'send the newest run to the server that MLFLOW_TRACKING_URI names'],
    ['llmpipe track tensorboard pipeline.llmpipe --run 20261124-1415', 'write event files of an earlier run'],
  ],
  async run([tool = '', file = ''], { run: name, to, store: given }) {
    const { dirname, resolve } = await import('node:path')
    const { lifeOf, streamOf } = await import('../../../run/log/past-runs.ts')
    const { storeFor } = await import('../../program/store-folder.ts')
    const { runOf } = await import('../../report/last-run.ts')
    const known = trackers.find((each) => each === tool)
    if (known === undefined)
      throw new Refusal(`"${tool}" is not a tool that llmpipe knows`, `Name one of ${trackers.join(', ')}.`)
    const store = storeFor({ store: given }, file)
    const run = runOf(file, store, name)
    let trouble: string | undefined
    const places = { programFolder: resolve(dirname(file)), store: store.root }
    const tracker = await openTracker({ track: known, trackTo: to }, places, (message, isEnd) => {
      if (isEnd) trouble = message
      else writeError(`${message}\n`)
    })
    const events = streamOf(store.root, run) ?? []
    const isUnderWay = lifeOf(store.root, events) === 'running'
    const measured = new Set<string>()
    const running = new Running()
    let passed = 0
    for (const event of events) {
      if (event.event === 'metric') measured.add(event.id)
      running.note(event)
      tracker?.event(event)
      // So the values that wait stay few, and the time limit at the end of a run does not count.
      if (++passed % atOnce === 0) await tracker?.sent()
    }
    if (!isUnderWay) for (const event of running.interruptions()) tracker?.event(event)
    await tracker?.sent()
    await tracker?.close()
    if (trouble !== undefined) {
      writeError(`error: ${trouble}\n`)
      return exit.failed
    }
    const so = isUnderWay ? ' so far; the run is under way' : ''
    write(`${run}: ${measured.size} ${measured.size === 1 ? 'stage' : 'stages'} with metrics${so}\n`)
    return exit.done
  },
})

/** The stages that run at a place in the log of a run. */
class Running {
  readonly #names = new Map<string, string>()
  #time = 0

  note(event: RunEvent): void {
    this.#time = event.time
    if (event.event === 'started') this.#names.set(event.id, event.stage)
    else if (event.event === 'finished' || event.event === 'failed' || event.event === 'interrupted')
      this.#names.delete(event.id)
  }

  /** The ends that a killed run could not write, at the time of its last event. */
  interruptions(): RunEvent[] {
    return [...this.#names].map(([id, stage]) => ({ event: 'interrupted', id, stage, time: this.#time }))
  }
}
