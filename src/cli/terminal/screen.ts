/** Shows a run: as JSON lines, as lines for people, or on the dashboard. */

import type { RunEvent } from '../../core/event.ts'
import type { Dashboard } from '../../dashboard/dashboard.ts'
import type { Line } from '../../view/line.ts'
import { storeWords } from '../program/store-folder.ts'
import { writeError } from './output.ts'
import { print, printJsonLine } from './print.ts'

export interface Screen {
  event(event: RunEvent): void
  /** Prints a message that is not an event. */
  say(message: string): void
  /** Shows the end of the run with the stages called `results`. */
  close(results: readonly string[]): Promise<void>
}

export interface ScreenOptions {
  readonly json: boolean
  readonly plain: boolean
}

/** Opens the screen that the options ask for and that the terminal can show. Keys of the dashboard call `stop`. */
export async function openScreen(options: ScreenOptions, stop: () => void): Promise<Screen> {
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

/** Events after which a run takes time: a stage runs, or artefacts are pushed. */
const takesTime: ReadonlySet<RunEvent['event']> = new Set(['started', 'progress', 'pushing'])

/**
 * Shows lines or, with `stop`, the dashboard as soon as the first stage starts. Until then there is nothing to draw, and a run that
 * finds everything cached ends before Ink would be loaded.
 */
async function linesScreen(stop: (() => void) | undefined): Promise<Screen> {
  const { PlainLines } = await import('../../view/plain.ts')
  const { emptyRun } = await import('../../view/log/fold.ts')
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
  /** Switches to lines, and prints those that were held back. */
  function toLines(): void {
    dashboard?.close()
    dashboard = undefined
    print(held ?? [])
    held = undefined
  }
  /** Prints the lines of one turn of the event loop at once. */
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
      print(endLines(view, { results, storeOption: storeWords(view.store, view.program) }))
    },
  }
}
