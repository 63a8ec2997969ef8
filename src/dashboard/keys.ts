/** The keys that work after the dashboard was replaced by plain lines: `q` and Ctrl-C stop the run. */

import type { ReadStream } from 'node:tty'

/** Whether a chunk of typed characters holds `q` or Ctrl-C (which a terminal in raw mode sends as the character U+0003). */
function asksToStop(typed: string): boolean {
  return typed.includes('q') || typed.includes('\u0003')
}

/**
 * Calls `onStop` each time `q` or Ctrl-C is pressed, until the returned function is called, which restores the terminal. Keys are read
 * one by one and not echoed; `input` does not keep the process alive.
 */
export function listenForQuit(
  input: Pick<ReadStream, 'on' | 'off' | 'setRawMode' | 'ref' | 'unref' | 'resume' | 'pause'>,
  onStop: () => void,
): () => void {
  const read = (typed: Buffer | string) => {
    if (asksToStop(typed.toString())) onStop()
  }
  input.setRawMode(true)
  input.on('data', read)
  input.resume()
  input.unref()
  return () => {
    input.off('data', read)
    input.pause()
    input.setRawMode(false)
  }
}
