/** The keys that work after plain lines have replaced the dashboard: `q` and Ctrl-C stop the run, Ctrl-Z suspends it. */

import type { ReadStream } from 'node:tty'

/** A terminal in raw mode sends these characters in place of signals. */
const ctrlC = '\u0003'
const ctrlZ = '\u001a'

/**
 * Calls `onStop` each time `q` or Ctrl-C is pressed, until the returned function is called, which restores the terminal. Keys are read
 * one by one and not echoed; `input` does not keep the process alive.
 */
export function listenForQuit(
  input: Pick<ReadStream, 'on' | 'off' | 'setRawMode' | 'unref' | 'resume' | 'pause'>,
  onStop: () => void,
): () => void {
  const read = (chunk: Buffer | string) => {
    const typed = chunk.toString()
    if (typed.includes('q') || typed.includes(ctrlC)) onStop()
    else if (typed.includes(ctrlZ)) suspend()
  }
  /** Stops the process group, as the terminal itself would. The shell continues it. */
  const suspend = () => {
    input.setRawMode(false)
    process.once('SIGCONT', () => input.setRawMode(true))
    process.kill(0, 'SIGTSTP')
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
