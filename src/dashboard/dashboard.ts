/** The dashboard: shows a run live in the terminal. Ink draws it from the fold of the run's events. */

import { Box, render, Text, useInput, useStdout } from 'ink'
import { createElement, useEffect, useState } from 'react'
import type { RunEvent } from '../core/event.ts'
import { type Line, paint, wantsColor } from '../view/line.ts'
import { emptyRun, fold, type RunView } from '../view/log/fold.ts'
import { focusOf } from '../view/log/stage-view.ts'
import { frame, type Panel } from './frame.ts'

export { listenForQuit } from './keys.ts'

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
  const [chosen, choose] = useState<string>()
  const [panel, show] = useState<Panel>('overview')
  const [scroll, scrollTo] = useState(0)
  const [stopping, stop] = useState(false)

  useEffect(() => {
    const timer = setInterval(() => {
      if (view.finished === undefined) view.now = Math.max(view.now, Date.now())
      redraw((count) => count + 1)
    }, interval)
    return () => clearInterval(timer)
  }, [view])

  const selected = (chosen === undefined ? undefined : view.stages.get(chosen)) ?? focusOf(view)

  useInput((input, key) => {
    if (input === 'q' || (key.ctrl && input === 'c')) {
      stop(true)
      options.onStop()
    } else if (input === 'p') options.onPlain()
    else if (key.escape) show('overview')
    else if (input === 'f') choose(undefined)
    else if (input === 'l' || input === 'w' || input === '?') {
      const wanted = input === 'l' ? 'log' : input === 'w' ? 'why' : 'help'
      show(panel === wanted ? 'overview' : wanted)
      scrollTo(0)
    } else if (key.upArrow || input === 'k' || key.downArrow || input === 'j') {
      const by = key.upArrow || input === 'k' ? -1 : 1
      if (panel === 'log') scrollTo((lines) => Math.max(0, lines - by))
      else choose(neighbour(view, selected?.id, by))
    }
  })

  // One row less than the terminal has, so that the terminal never scrolls.
  const lines = frame(view, { selected, panel, scroll, stopping }, { columns, rows: rows - 1 })
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

function neighbour(view: RunView, from: string | undefined, by: number): string | undefined {
  const ids = [...view.stages.keys()]
  const at = from === undefined ? 0 : ids.indexOf(from)
  return ids[Math.min(ids.length - 1, Math.max(0, at + by))]
}
