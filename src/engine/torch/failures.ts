/** The failures of the worker, each with the way out. */

import { Interrupted, StageError } from '../../core/failure.ts'
import type { Exit } from '../../process/exit.ts'

/** The program could not be started. */
export function notStarted(program: string, why: string): StageError {
  return new StageError(
    'no-engine',
    `${program} could not be started: ${why}`,
    'Set LLMPIPE_PYTHON to a Python that has PyTorch 2.6 or newer, or use `engine: onnx`.',
  )
}

/** The failure of a command, as the worker reports it (src/engine/torch/worker/failures.py). */
export function failedCommand(error: unknown): StageError {
  const { code, message } = error as { readonly code: string; readonly message: string }
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

/** The worker ended although it is needed. If a Ctrl-C ended it, this process is being stopped too. */
export function diedOf({ code, signal, systemRanOut }: Exit, printed: readonly string[]): Error {
  if (signal === 'SIGINT') return new Interrupted()
  if (signal === 'SIGKILL' && systemRanOut === true)
    return new StageError('out-of-memory', 'the system killed the PyTorch worker because memory ran out')
  if (signal !== null)
    return new StageError(
      'killed',
      `the PyTorch worker was ended by ${signal}${last(printed)}`,
      signal === 'SIGKILL'
        ? 'A person or the system killed it; the usual cause is a lack of memory. Run again to continue.'
        : 'Run again to continue from the last checkpoint.',
    )
  return new StageError(
    'crashed',
    `the PyTorch worker ended with exit code ${code}${last(printed)}`,
    'The log of the stage has everything that it printed.',
  )
}

/** The last line that the worker printed, for a message. */
function last(printed: readonly string[]): string {
  const line = printed.at(-1)
  return line === undefined ? '' : `: ${line}`
}
