/**
 * Writes the metrics of a run as event files of TensorBoard, a folder for each stage that measures something:
 *
 *     tensorboard/20261124-141503-abcdef/base/events.out.tfevents.1795529703.laptop.4711
 */

import { appendFileSync, mkdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { RunEvent } from '../../core/event.ts'
import { fileName, finalMetrics, scalarsByName } from '../names.ts'
import type { Tracker } from '../tracker.ts'
import { restartRecord, type SummaryValue, summaryRecord, versionRecord } from './event-file.ts'

/** A tracker that writes below `folder`. Nothing is written for stages without metrics. */
export function tensorboardTracker(folder: string): Tracker {
  let run = 'run'
  const files = new Map<string, string>()
  /** The newest step of each stage, at which its final metrics are written. */
  const steps = new Map<string, number>()
  const append = ({ id, stage, time }: { id: string; stage: string; time: number }, bytes: Uint8Array) => {
    const known = files.get(id)
    if (known !== undefined) return appendFileSync(known, bytes)
    const place = join(folder, fileName(run), fileName(stage))
    mkdirSync(place, { recursive: true })
    const seconds = String(Math.floor(time / 1000)).padStart(10, '0')
    const path = join(place, `events.out.tfevents.${seconds}.${fileName(hostname())}.${process.pid}`)
    appendFileSync(path, Buffer.concat([versionRecord(time), bytes]))
    files.set(id, path)
  }
  return {
    event(event) {
      switch (event.event) {
        case 'run-started':
          run = event.run
          return
        case 'started':
          if (files.has(event.id)) append(event, restartRecord(event.time, (event.resumedFrom ?? 0) + 1))
          return
        case 'earlier':
          // After a retry within the run, the file still has these steps.
          if (files.has(event.id)) return
          for (const metric of event.metrics) {
            steps.set(event.id, metric.step)
            append(event, summaryRecord(event.time, metric.step, scalarsOf(metric)))
          }
          return
        case 'metric': {
          const values = scalarsOf(event)
          steps.set(event.id, event.step)
          if (values.length > 0) append(event, summaryRecord(event.time, event.step, values))
          return
        }
        case 'sample':
          append(event, summaryRecord(event.time, event.step, [{ tag: 'sample', text: sampleText(event) }]))
          return
        case 'finished': {
          const step = steps.get(event.id)
          const values = finalMetrics(event.report).map(
            ([name, scalar]): SummaryValue => ({ tag: `final/${name}`, scalar }),
          )
          if (step !== undefined && values.length > 0) append(event, summaryRecord(event.time, step, values))
          return
        }
        default:
      }
    },
  }
}

function scalarsOf(metric: { readonly [name: string]: unknown }): SummaryValue[] {
  return scalarsByName(metric).map(([tag, scalar]) => ({ tag, scalar }))
}

/** TensorBoard reads texts as Markdown; four spaces before each line show it as it is. */
function sampleText({ prompt, text }: Extract<RunEvent, { event: 'sample' }>): string {
  return `${prompt}${text}`.replace(/^/gm, '    ')
}
