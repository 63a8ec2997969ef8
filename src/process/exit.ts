/** Why a stage died that did not report it itself. */

import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import type { StageFailure } from '../core/event.ts'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** While it ran, the system killed some process for lack of memory. */
  readonly systemRanOut?: boolean
}

/** Other facts about a process that died. */
export interface Circumstances {
  /** Its output says that it ran out of memory. */
  readonly ranOut: boolean
  /** The bytes of memory that it declared to need. */
  readonly declared?: number
}

/** The failure of a process that ended without reporting a result. */
export function failureOfExit(exit: Exit, { ranOut, declared }: Circumstances): StageFailure {
  const signal = signalOf(exit)
  if (ranOut || (signal === 'SIGKILL' && exit.systemRanOut === true)) {
    const need = declared === undefined ? '' : ` (it declared to need ${Math.ceil(declared / 1024 ** 2)} MiB)`
    return {
      code: 'out-of-memory',
      message: `the stage ran out of memory${need}`,
      help: 'Let it hold less at once (a smaller batch, fewer stages in parallel with --jobs), or use a machine with more memory.',
    }
  }
  if (signal === 'SIGKILL') {
    return {
      code: 'killed',
      message: 'the stage was killed (SIGKILL)',
      help: 'A person or the system killed it; the usual cause is a lack of memory. Run again to continue.',
    }
  }
  if (signal !== null) {
    return {
      code: 'killed',
      message: `the stage was ended by ${signal}`,
      help: 'What it printed last is above, if anything. Run again to continue.',
    }
  }
  return {
    code: 'crashed',
    message: `the process of the stage ended with exit code ${exit.code} and did not report why`,
    help: 'What it printed last is above, if anything.',
  }
}

/** Whether a line of output says that a process ran out of memory. */
export function saysOutOfMemory(line: string): boolean {
  return /heap out of memory|Array buffer allocation failed|bad_alloc|MemoryError|CUDA out of memory/.test(line)
}

/** The signal that ended a process, or its child: a shell reports that of a child as exit code 128 plus the number of the signal. */
function signalOf({ code, signal }: Exit): string | null {
  if (signal !== null || code === null || code <= 128) return signal
  const found = Object.entries(constants.signals).find(([, number]) => number === code - 128)
  return found?.[0] ?? null
}

/** How many processes the system has killed for lack of memory since it booted; 0 if it does not report that. */
export function outOfMemoryKills(): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
