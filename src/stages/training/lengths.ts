/** How long what is learned from may be: the model's context, or less where `max_length` says so. */

import type { SettingSchema } from '../../core/setting.ts'
import type { StageRun } from '../../core/stage.ts'

export interface Lengths {
  readonly context: number
  readonly max_length?: number | undefined
}

export interface Longest {
  readonly tokens: number
  /** For people: `the context of 2048 tokens`, `max_length (512 tokens)`. */
  readonly name: string
  /** What `max_length` says where that is more than the context. */
  readonly beyond?: number
}

export const maxLengthSetting: SettingSchema = {
  type: 'integer',
  minimum: 2,
  optional: true,
  unit: 'count',
  description:
    'The most tokens of a conversation, its prompt among them; without it, the model’s context. Memory and time go by the longest.',
}

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

/** Says in the run what was left out or cut for its length, and where `max_length` has no effect. */
export function warnOfLengths(
  { emit }: Pick<StageRun, 'emit'>,
  { name, beyond }: Longest,
  { noun, dropped, cut }: { /** Of one. */ readonly noun: string; readonly dropped: number; readonly cut: number },
): void {
  const count = (number: number) => number.toLocaleString('en-US')
  const of = (number: number) => `${count(number)} ${noun}${number === 1 ? '' : 's'}`
  const warn = (message: string) => emit({ event: 'log', level: 'warning', message })
  if (beyond !== undefined) warn(`max_length ${count(beyond)} is above ${name}, which is what counts`)
  if (dropped > 0) warn(`${of(dropped)} longer than ${name} left out: \`too_long\` says what becomes of them`)
  if (cut > 0) warn(`${of(cut)} cut to fit ${name}`)
}
