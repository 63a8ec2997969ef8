/** The options that change what a program is, as one types them. */

import { quoted } from '../core/shell-word.ts'

/** How a run was asked for, as its record has it. */
export interface PastCall {
  readonly params: Readonly<Record<string, string>>
  readonly engine: string | undefined
}

/** The options of a call as one types them; empty for a call without any. */
export function optionsInWords({ params, engine }: PastCall): string {
  const words = [
    ...(engine === undefined ? [] : [`--engine ${engine}`]),
    ...Object.entries(params).map(([name, value]) => `-p ${quoted(`${name}=${value}`)}`),
  ]
  return words.join(' ')
}
