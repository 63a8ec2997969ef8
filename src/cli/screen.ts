/** What shows a run: events as JSON lines, lines for people, or the dashboard. */

import type { RunEvent } from '../core/event.ts'
import type { Options } from './command.ts'
import { print } from './print.ts'

export interface Screen {
  event(event: RunEvent): void
  /** Something to say beside the events. */
  say(message: string): void
  /** Told when the screen itself is asked to stop the run: in a dashboard Ctrl-C is a key like any other. */
  onStop(ask: () => void): void
  /** Shows the end of the run; `results` are the stages to show. */
  close(results: readonly string[]): Promise<void>
}

/** The screen that the options ask for and the terminal can show. */
export async function openScreen(options: Options): Promise<Screen> {
  return options.json ? jsonScreen() : plainScreen()
}

function say(message: string): void {
  process.stderr.write(`${message}\n`)
}

function jsonScreen(): Screen {
  return {
    event: (event) => void process.stdout.write(`${JSON.stringify(event)}\n`),
    say,
    onStop: () => {},
    close: async () => {},
  }
}

async function plainScreen(): Promise<Screen> {
  const { PlainLines, summaryLines } = await import('../view/plain.ts')
  const { emptyRun } = await import('../view/run-view.ts')
  const view = emptyRun()
  const lines = new PlainLines(view)
  return {
    event: (event) => print(lines.lines(event)),
    say,
    onStop: () => {},
    close: async (results) => print(summaryLines(view, results)),
  }
}
