/** What a stage died of that could not say so itself. */

import { readFileSync } from 'node:fs'
import type { StageFailure } from '../core/event.ts'
import type { Exit } from './attempt.ts'

/** The failure of a process that ended without a last word. `tail`: the last lines of its log. */
export function failureOfExit(
  { code, signal }: Exit,
  tail: readonly string[],
  systemRanOut: boolean,
  declared: number,
): StageFailure {
  const killed = signal === 'SIGKILL' || code === 137
  if (
    tail.some((line) => /heap out of memory|Array buffer allocation failed|bad_alloc/.test(line)) ||
    (killed && systemRanOut)
  ) {
    return {
      code: 'out-of-memory',
      message: `the stage ran out of memory (it said it would need ${Math.ceil(declared / 1024 ** 2)} MiB)`,
      help: 'Give it less to hold at once (a smaller batch, fewer stages side by side with --jobs), or a machine with more memory.',
    }
  }
  if (killed) {
    return {
      code: 'killed',
      message: 'the stage was killed (SIGKILL)',
      help: 'Somebody or the system killed it; where memory is short, that is the usual cause. Run again to go on.',
    }
  }
  if (signal !== null) {
    return {
      code: 'killed',
      message: `the stage was ended by ${signal}`,
      help: 'Its last words are below; run again to go on.',
    }
  }
  return {
    code: 'crashed',
    message: `the stage's process ended with exit code ${code} and did not say why`,
    help: 'Its last words are below.',
  }
}

/** How many processes the system has killed for want of memory since it started; 0 where it does not say. */
export function outOfMemoryKills(): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
