/** How the arguments of the calls of a list of modules follow from each other, so that a loop can make the calls. */

import type { CallStep } from './plan.ts'

/** An argument of the calls of a loop. */
export type LoopArgument =
  /** The same value for all. */
  | { readonly type: 'shared'; readonly value: number }
  /** At first `value`, then an output of the call before: the one with the index `output`. */
  | { readonly type: 'carried'; readonly value: number; readonly output: number }
  /** A value for each. */
  | { readonly type: 'each'; readonly values: readonly number[] }

/** The arguments of calls, by their places; `undefined` if no loop can make the calls. A single call is not a loop. */
export function loopArguments(calls: readonly CallStep[]): LoopArgument[] | undefined {
  const [first, second] = calls
  if (first === undefined || second === undefined) return undefined
  const alike = calls.every(
    ({ inputs, outputs }) => inputs.length === first.inputs.length && outputs.length === first.outputs.length,
  )
  if (!alike) return undefined
  const computed = new Set(calls.flatMap(({ outputs }) => outputs))
  const found: LoopArgument[] = []
  for (const [place, value] of first.inputs.entries()) {
    const values = calls.map(({ inputs }) => inputs[place]!)
    const output = first.outputs.indexOf(second.inputs[place]!)
    if (values.every((each) => each === value)) found.push({ type: 'shared', value })
    else if (output !== -1 && values.every((each, i) => i === 0 || each === calls[i - 1]!.outputs[output]))
      found.push({ type: 'carried', value, output })
    else if (values.every((each) => !computed.has(each))) found.push({ type: 'each', values })
    else return undefined
  }
  return found.some(({ type, ...rest }) => type !== 'each' && computed.has((rest as { value: number }).value))
    ? undefined
    : found
}
