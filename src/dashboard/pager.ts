/** A screen that answers keys: Ink draws the lines of a frame, and draws them again when the size of the terminal or the state changes. */

import { Box, render, Text, useInput, useStdout } from 'ink'
import { createElement, useEffect, useState } from 'react'
import { type Line, paint, wantsColor } from '../view/line.ts'
import type { Size } from './size.ts'

/** A pressed key by its name, or the typed text. */
export type PagerKey =
  | { readonly name: 'up' | 'down' | 'pageUp' | 'pageDown' | 'return' | 'escape' | 'backspace' | 'interrupt' }
  | { readonly typed: string }

export interface Pager {
  frame(size: Size): readonly Line[]
  key(key: PagerKey, size: Size): void
  /** Calls `redraw` whenever the state changes without a key. */
  changed(redraw: () => void): void
}

/** Shows a pager until the promise `end` resolves. */
export async function showPager(pager: Pager, end: Promise<void>): Promise<void> {
  // The alternate screen: the terminal is afterwards as it was before.
  process.stdout.write('\u001b[?1049h\u001b[H')
  const restore = () => process.stdout.write('\u001b[?1049l')
  process.once('exit', restore)
  const ink = render(createElement(Screen, { pager }), { exitOnCtrlC: false, patchConsole: false })
  try {
    await end
  } finally {
    ink.unmount()
    process.off('exit', restore)
    restore()
  }
}

function Screen({ pager }: { readonly pager: Pager }) {
  const { stdout } = useStdout()
  const read = () => ({ columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 })
  const [size, resize] = useState(read)
  const [, redraw] = useState(0)
  useEffect(() => {
    const onResize = () => resize(read())
    stdout.on('resize', onResize)
    pager.changed(() => redraw((count) => count + 1))
    return () => void stdout.off('resize', onResize)
  })
  // One row less than the terminal has, so that the terminal never scrolls.
  const shown = { columns: size.columns, rows: size.rows - 1 }
  useInput((typed, key) => {
    if (key.ctrl && typed === 'c') pager.key({ name: 'interrupt' }, shown)
    else if (key.upArrow) pager.key({ name: 'up' }, shown)
    else if (key.downArrow) pager.key({ name: 'down' }, shown)
    else if (key.pageUp) pager.key({ name: 'pageUp' }, shown)
    else if (key.pageDown) pager.key({ name: 'pageDown' }, shown)
    else if (key.return) pager.key({ name: 'return' }, shown)
    else if (key.escape) pager.key({ name: 'escape' }, shown)
    else if (key.backspace || key.delete) pager.key({ name: 'backspace' }, shown)
    else if (typed !== '' && !key.ctrl && !key.meta) pager.key({ typed }, shown)
    redraw((count) => count + 1)
  })
  const color = wantsColor(process.stdout, process.env)
  const lines = pager.frame(shown)
  return createElement(
    Box,
    { flexDirection: 'column' },
    // Ink leaves out rows without text.
    ...lines.map((line) => createElement(Text, { wrap: 'truncate' }, paint(line, color) || ' ')),
  )
}
