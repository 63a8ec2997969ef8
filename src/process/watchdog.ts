/** Ends this process after its parent has ended, even while it computes without pause. */

import { Worker } from 'node:worker_threads'

/** How often the watchdog looks for the parent, in milliseconds. */
const interval = 500

/**
 * Starts a thread that kills this process with SIGKILL `delay` milliseconds after its parent has ended. A thread, because an event loop that is
 * never reached sees neither timers nor the end of a stream.
 */
export function endWithParent(delay: number): void {
  const code = `
    setInterval(() => {
      if (process.ppid !== ${process.ppid}) setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${delay})
    }, ${interval})`
  new Worker(code, { eval: true, stdout: false, stderr: false }).on('error', () => {}).unref()
}
