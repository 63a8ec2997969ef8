/** The dashboard: shows a run live in the terminal. Ink draws it from the fold of the run's events. */

import { Box, render, Text, useInput, useStdout } from 'ink'
import { createElement, useEffect, useState } from 'react'
import type { RunEvent } from '../core/event.ts'
import { type Line, paint, wantsColor } from '../view/line.ts'
import { emptyRun, fold, type RunView } from '../view/log/fold.ts'
import { frame } from './frame.ts'
import { pressed, pressesIn, start, stateOf } from './presses.ts'

export { listenForQuit } from './keys.ts'
// The build allows one entry to Ink, which awaits at its top level.
export { showPager } from './pager.ts'

export interface DashboardOptions {
  /** Asks the run to stop; called a second time, to stop at once. */
  onStop(): void
  /** Asks for plain lines in place of the dashboard. */
  onPlain(): void
}

export interface Dashboard {
  event(event: RunEvent): void
  /** Removes the dashboard, and restores the terminal. */
  close(): void
}

/** The time between two frames, in milliseconds: often enough to look alive, and rarely enough not to slow down training measurably. */
const interval = 100

/** Shows the run in the terminal until `close`. */
export function openDashboard(options: DashboardOptions): Dashboard {
  const view = emptyRun()
  const ink = render(createElement(Run, { view, options }), { exitOnCtrlC: false, patchConsole: false })
  return {
    event: (event) => void fold(view, event),
    close: () => {
      ink.clear()
      ink.unmount()
    },
  }
}

function Run({ view, options }: { readonly view: RunView; readonly options: DashboardOptions }) {
  const { columns, rows } = useSize()
  const [, redraw] = useState(0)
  const [place, goTo] = useState(start)
  const [stopping, stop] = useState(false)

  useEffect(() => {
    const timer = setInterval(() => {
      if (view.finished === undefined) view.now = Math.max(view.now, Date.now())
      redraw((count) => count + 1)
    }, interval)
    return () => clearInterval(timer)
  }, [view])

  // One row less than the terminal has, so that the terminal never scrolls.
  const size = { columns, rows: rows - 1 }

  useInput((input, key) => {
    for (const press of pressesIn(input, key)) {
      if (press === 'q' || press === 'ctrlC') {
        stop(true)
        options.onStop()
      } else if (press === 'p') options.onPlain()
      // Presses that are read together come before the next frame: each starts at the place to which the last one led.
      else goTo((from) => pressed(view, from, stopping, size, press))
    }
  })

  const lines = frame(view, stateOf(view, place, stopping), size)
  const color = wantsColor(process.stdout, process.env)
  return createElement(
    Box,
    { flexDirection: 'column' },
    ...lines.map((line) => createElement(Text, { wrap: 'truncate' }, shown(line, color))),
  )
}

/** The size of the terminal, kept up to date. */
function useSize(): { readonly columns: number; readonly rows: number } {
  const { stdout } = useStdout()
  const [size, resize] = useState({ columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 })
  useEffect(() => {
    const read = () => resize({ columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 })
    stdout.on('resize', read)
    return () => void stdout.off('resize', read)
  }, [stdout])
  return size
}

/** The text of a row: a blank if it is empty, since Ink would leave it out. */
function shown(line: Line, color: boolean): string {
  return paint(line, color) || ' '
}
