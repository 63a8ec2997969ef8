/** What a process died of that could not say so itself. */

import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import type { StageFailure } from '../core/event.ts'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** What else there is to know of a process that died. */
export interface Circumstances {
  /** It said so. */
  readonly ranOut: boolean
  /** The system killed something for want of memory meanwhile. */
  readonly systemRanOut: boolean
  /** The bytes it said it would need. */
  readonly declared?: number
}

/** The failure of a process that ended without a last word. */
export function failureOfExit(exit: Exit, { ranOut, systemRanOut, declared }: Circumstances): StageFailure {
  const signal = signalOf(exit)
  if (ranOut || (signal === 'SIGKILL' && systemRanOut)) {
    const need = declared === undefined ? '' : ` (it said it would need ${Math.ceil(declared / 1024 ** 2)} MiB)`
    return {
      code: 'out-of-memory',
      message: `the stage ran out of memory${need}`,
      help: 'Give it less to hold at once (a smaller batch, fewer stages side by side with --jobs), or a machine with more memory.',
    }
  }
  if (signal === 'SIGKILL') {
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
      help: 'Its last words, if any, are above; run again to go on.',
    }
  }
  return {
    code: 'crashed',
    message: `the stage's process ended with exit code ${exit.code} and did not say why`,
    help: 'Its last words, if any, are above.',
  }
}

/** Whether a line is the last word of a process that had no more memory. */
export function saysOutOfMemory(line: string): boolean {
  return /heap out of memory|Array buffer allocation failed|bad_alloc|MemoryError|CUDA out of memory/.test(line)
}

/** The signal that ended it: its own, or that of a child which a shell reports as 128 and the signal's number. */
function signalOf({ code, signal }: Exit): string | null {
  if (signal !== null || code === null || code <= 128) return signal
  const found = Object.entries(constants.signals).find(([, number]) => number === code - 128)
  return found?.[0] ?? null
}

/** How many processes the system has killed for want of memory since it started; 0 where it does not say. */
export function outOfMemoryKills(): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
