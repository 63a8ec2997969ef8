/** The options that change a program, as one types them. */

import { quoted } from '../core/values/shell-word.ts'

/** The options of a run, from its record. */
export interface PastCall {
  readonly params: Readonly<Record<string, string>>
  readonly engine: string | undefined
}

/** The options of a call as one types them; empty if it has none. */
export function optionsInWords({ params, engine }: PastCall): string {
  const words = [
    ...(engine === undefined ? [] : [`--engine ${engine}`]),
    ...Object.entries(params).map(([name, value]) => `-p ${quoted(`${name}=${value}`)}`),
  ]
  return words.join(' ')
}
