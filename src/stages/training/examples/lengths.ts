/** The longest example that a training learns from: as long as the context of the model, or shorter if `max_length` limits it. */

import type { SettingSchema } from '../../../core/kind/setting.ts'
import type { StageContext } from '../../../core/kind/stage.ts'
import { countOf } from '../../shared/amounts.ts'

export interface Lengths {
  /** The context of the model, in tokens. */
  readonly context: number
  readonly max_length?: number | undefined
}

export interface Longest {
  readonly tokens: number
  /** For messages: `the context of 2048 tokens`, `max_length (512 tokens)`. */
  readonly name: string
  /** The `max_length` of a call, if it is more than the context. */
  readonly beyond?: number
}

export const maxLengthSetting = {
  type: 'integer',
  minimum: 2,
  optional: true,
  unit: 'count',
  description:
    'The most tokens of a conversation, with its prompt; by default the context of the model. Memory and time depend on the longest conversation.',
} as const satisfies SettingSchema

export function longestOf({ context, max_length }: Lengths): Longest {
  const name = `the context of ${context.toLocaleString('en-US')} tokens`
  if (max_length === undefined) return { tokens: context, name }
  if (max_length > context) return { tokens: context, name, beyond: max_length }
  return { tokens: max_length, name: `max_length (${max_length.toLocaleString('en-US')} tokens)` }
}

/** For an error that nothing is left: `; 3 are longer than the context of 64 tokens`, for each reason that left out some; or `''`. */
export function lostInWords(lost: Readonly<Record<string, number>>): string {
  return Object.entries(lost)
    .filter(([, number]) => number > 0)
    .map(([reason, number]) => `; ${number.toLocaleString('en-US')} ${number === 1 ? 'is' : 'are'} ${reason}`)
    .join('')
}

/** Warns of what was left out or cut for its length, and of a `max_length` without effect. `noun` is the singular. */
export function warnOfLengths(
  { emit }: Pick<StageContext, 'emit'>,
  { name, beyond }: Longest,
  { noun, dropped, cut }: { readonly noun: string; readonly dropped: number; readonly cut: number },
): void {
  const warn = (message: string) => emit({ event: 'log', level: 'warning', message })
  if (beyond !== undefined) warn(`max_length ${beyond.toLocaleString('en-US')} has no effect: it is more than ${name}`)
  if (dropped > 0) warn(`${countOf(dropped, noun)} longer than ${name} left out: \`too_long\` can cut them instead`)
  if (cut > 0) warn(`${countOf(cut, noun)} cut to fit ${name}`)
}
