/** What shows a run: events as JSON lines, lines for people, or the dashboard. */

import type { RunEvent } from '../../core/event.ts'
import type { Dashboard } from '../../dashboard/dashboard.ts'
import type { Line } from '../../view/line.ts'
import type { Options } from '../command.ts'
import { storeOption } from '../program/store-folder.ts'
import { writeError } from './output.ts'
import { print, printJsonLine } from './print.ts'

export interface Screen {
  event(event: RunEvent): void
  /** Something to say beside the events. */
  say(message: string): void
  /** Shows the end of the run; `results` are the stages to show. */
  close(results: readonly string[]): Promise<void>
}

/** The screen that the options ask for and the terminal can show. `stop` asks the run to stop: a key of the dashboard. */
export async function openScreen(options: Options, stop: () => void): Promise<Screen> {
  if (options.json) return jsonScreen()
  const lively = process.stdout.isTTY && process.stdin.isTTY && !options.plain && process.env.TERM !== 'dumb'
  return linesScreen(lively ? stop : undefined)
}

function jsonScreen(): Screen {
  return {
    event: (event) => printJsonLine(event),
    say: (message) => writeError(`${message}\n`),
    close: async () => {},
  }
}

/** A stage runs, or much is pulled or pushed. */
const takesTime: ReadonlySet<RunEvent['event']> = new Set(['started', 'progress', 'pushing'])

/**
 * Lines; with `stop`, the dashboard as soon as the first stage starts. Until then there is nothing to see of it, and a run
 * that finds everything cached is over before Ink would be loaded.
 */
async function linesScreen(stop: (() => void) | undefined): Promise<Screen> {
  const { PlainLines } = await import('../../view/plain.ts')
  const { emptyRun } = await import('../../view/fold.ts')
  const { endLines } = await import('../../view/end-lines.ts')
  const view = emptyRun()
  const plain = new PlainLines(view)
  const before: RunEvent[] = []
  let held: Line[] | undefined = stop ? [] : undefined
  let unprinted: Line[] = []
  let opening: Promise<void> | undefined
  let dashboard: Dashboard | undefined
  let stopListening: (() => void) | undefined

  async function open(onStop: () => void): Promise<void> {
    const { listenForQuit, openDashboard } = await import('../../dashboard/dashboard.ts')
    if (held === undefined) return
    const onPlain = () => {
      toLines()
      stopListening = listenForQuit(process.stdin, onStop)
    }
    dashboard = openDashboard({ onStop, onPlain })
    for (const event of before) dashboard.event(event)
  }
  /** From here on lines, and those that were held back. */
  function toLines(): void {
    dashboard?.close()
    dashboard = undefined
    print(held ?? [])
    held = undefined
  }
  /** All that happened in one turn is written at once. */
  function flush(): void {
    const lines = unprinted
    unprinted = []
    print(lines)
  }
  return {
    event(event) {
      const lines = plain.lines(event)
      if (held === undefined) {
        if (unprinted.length === 0 && lines.length > 0) setImmediate(flush)
        unprinted.push(...lines)
        return
      }
      held.push(...lines)
      if (dashboard) dashboard.event(event)
      else before.push(event)
      if (stop && takesTime.has(event.event)) opening ??= open(stop)
    },
    say(message) {
      if (dashboard === undefined) writeError(`${message}\n`)
    },
    async close(results) {
      await opening
      flush()
      toLines()
      stopListening?.()
      print(endLines(view, { results, storeOption: storeOption(view.store, view.program) }))
    },
  }
}
