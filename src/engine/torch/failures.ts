/** The failures of the worker, each with the way out. */

import { Interrupted, StageError, systemFailure } from '../../core/failure.ts'
import type { Exit } from '../../process/exit.ts'

/** The program could not be started. */
export function notStarted(program: string, why: string): StageError {
  return new StageError(
    'no-engine',
    `${program} could not be started: ${why}`,
    'Set LLMPIPE_PYTHON to a Python that has PyTorch 2.6 or newer, or use `engine: onnx`.',
  )
}

/** The last output of a worker, and whether the system ran out of memory, beside the failure of a command. */
export interface Surroundings {
  /** The last lines that it printed. */
  readonly printed: readonly string[]
  /** While it ran, the system killed some process for lack of memory. */
  readonly systemRanOut: boolean
}

/** A failure as the worker reports it (src/engine/torch/worker/failures.py). */
interface Reported {
  readonly code: string
  readonly message: string
}

/** A process of a spread training that ended (src/engine/torch/worker/ranks.py): it has a signal or an exit code. */
interface Ended {
  readonly code: 'ended'
  readonly who: string
  readonly signal?: NodeJS.Signals
  readonly exit?: string
}

/** An error of the operating system, such as a full disk. */
interface SystemError extends Reported {
  readonly code: 'system'
  /** `ENOSPC`, for example. */
  readonly system: string
}

/** The exit code of a process that ran out of memory and could not report it (src/engine/torch/worker/failures.py). */
const ranOut = 77

/** The failure of a command, as the worker reports it. */
export function failedCommand(error: unknown, { printed, systemRanOut }: Surroundings): Error {
  if (isEnded(error)) {
    const { who, signal = null, exit } = error
    const code = exit === undefined ? null : Number(exit)
    return diedOf(
      { code, signal, systemRanOut },
      printed,
      who.startsWith('process ') ? `${who} of the PyTorch worker` : who,
    )
  }
  if (isOfSystem(error)) {
    const { code, message, help } = systemFailure(error.system, error.message)
    return new StageError(code, message, help)
  }
  const { code, message } = error as Reported
  // Each stage kind names the settings that lower its need: `memoryHelp`.
  if (code === 'out-of-memory') return new StageError('out-of-memory', `PyTorch ran out of memory: ${message}`)
  if (code === 'no-device')
    return new StageError(
      'no-engine',
      `LLMPIPE_TORCH_DEVICE names ${JSON.stringify(process.env.LLMPIPE_TORCH_DEVICE)}, on which PyTorch cannot compute: ${message}`,
      'Name cpu, cuda or cuda:1, for example, or leave LLMPIPE_TORCH_DEVICE out; `llmpipe doctor` lists the devices.',
    )
  return new StageError(
    'engine-failed',
    `PyTorch could not compute the model: ${message}`,
    'The log of the stage has the stack. If the program is right, this is a bug in llmpipe; `engine: onnx` computes the same meanwhile.',
  )
}

/** The worker wrote something else than answers. */
export function sentGarbage(what: string, printed: readonly string[]): StageError {
  return new StageError('crashed', `the PyTorch worker sent an answer that cannot be read: ${what}${last(printed)}`)
}

/** The worker ended before it was ready: Python could not import PyTorch, or PyTorch could not start. */
export function diedAtStart(exit: Exit, printed: readonly string[], program: string): Error {
  const died = diedOf(exit, printed, `${program}, which imports PyTorch,`)
  const isEnvironment = died instanceof StageError && (died.code === 'crashed' || exit.signal !== 'SIGKILL')
  if (!isEnvironment || died.code === 'out-of-memory') return died
  return new StageError(
    'no-engine',
    died.message,
    'The log of the stage has everything that it printed. `llmpipe doctor` tries this Python; `llmpipe setup torch` makes another with PyTorch; --python and LLMPIPE_PYTHON name one.',
  )
}

/** The worker ended although it is needed. If a Ctrl-C ended it, this process is being stopped too. */
export function diedOf(
  { code, signal, systemRanOut }: Exit,
  printed: readonly string[],
  who = 'the PyTorch worker',
): Error {
  if (signal === 'SIGINT') return new Interrupted()
  if (signal === 'SIGKILL' && systemRanOut === true)
    return new StageError('out-of-memory', `the system killed ${who} because memory ran out`)
  if (code === ranOut) return new StageError('out-of-memory', `${who} ran out of memory${last(printed)}`)
  if (signal !== null)
    return new StageError(
      'killed',
      `${who} was ended by ${signal}${last(printed)}`,
      signal === 'SIGKILL'
        ? 'A person or the system killed it; the usual cause is a lack of memory. Run again to continue.'
        : 'Run again to continue from the last checkpoint.',
    )
  return new StageError(
    'crashed',
    `${who} ended with exit code ${code}${last(printed)}`,
    'The log of the stage has everything that it printed.',
  )
}

function isEnded(error: unknown): error is Ended {
  return (error as Reported).code === 'ended'
}

function isOfSystem(error: unknown): error is SystemError {
  return (error as Reported).code === 'system'
}

/** The last line that the worker printed, for a message. */
function last(printed: readonly string[]): string {
  const line = printed.at(-1)
  return line === undefined ? '' : `: ${line}`
}
