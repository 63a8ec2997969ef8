/** Options that are whole numbers. */

import { type Options, text } from '../command.ts'
import { Refusal } from './refusal.ts'

/** The number given; nothing where the option is not there. `of` says what it counts: `stages`. */
export function wholeNumber(options: Options, name: string, of: string, least: number): number | undefined {
  const given = text(options, name)
  if (given === undefined) return undefined
  const number = given.trim() === '' ? Number.NaN : Number(given)
  if (!Number.isInteger(number) || number < least)
    throw new Refusal(`--${name} ${given} is no number of ${of}`, `Give ${least} or more.`)
  return number
}
