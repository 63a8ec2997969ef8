/** The option `--python`: which Python computes for the engine torch. */

import { quoted } from '../../core/values/shell-word.ts'
import { isProgram, namedCandidate, pythonOf, pythonOptionVariable } from '../../engine/torch/python/candidates.ts'
import { faultInWords, helpFor } from '../../engine/torch/python/faults.ts'
import { faultOfFile } from '../../engine/torch/python/probe.ts'
import { Refusal } from '../terminal/refusal.ts'

/**
 * Lets this process and those of its stages use the Python that the option names. The choice is in the environment, not in the plan, so it is
 * never part of a key. Throws a Refusal if there is no such program; whether it has PyTorch shows when the engine starts.
 */
export function choosePython(named: string | undefined): void {
  const { env, platform } = process
  const candidate = named && namedCandidate(named, { env, platform, here: process.cwd(), setup: undefined })
  if (!candidate) return
  const fault = faultOfFile(candidate.path)
  if (fault !== undefined) {
    const inside = pythonOf(candidate.path, platform)
    const help = helpFor(fault, isProgram(inside) ? quoted(inside) : undefined)
    throw new Refusal(`--python ${named}: ${faultInWords(fault)}`, help)
  }
  env[pythonOptionVariable] = candidate.path
}
