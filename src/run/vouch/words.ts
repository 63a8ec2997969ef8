/** Results that a person vouches for, in words, and the refusal of them. */

import { StageError } from '../../core/failure.ts'
import type { Action, Vouched } from '../../store/store.ts'

/** `adopted by ada on lab-3 from /data/base`, `accepted by ada on lab-3 in place of 3fa9c2d10b7e: optimizer.lr: 0.001 → 0.0003`. */
export function vouchedInWords({ how, by, from, changes }: Vouched): string {
  if (how === 'adopted') return `adopted by ${by} from ${from}`
  return `accepted by ${by} in place of ${from.slice(0, 12)}: ${changes.join('; ')}`
}

/** Throws a StageError if the report of a stage says that people should doubt its result. */
export function refuseDoubtful(name: string, doubt: string): never {
  throw new StageError(
    'doubtful-result',
    doubt,
    `--strict takes no such result. \`llmpipe show PROGRAM ${name}\` shows more; without --strict, the run warns.`,
  )
}

/** Throws a StageError if a person vouches for the result of a stage, for runs that take only what llmpipe made itself. */
export function refuseVouched(name: string, { vouched, key }: Pick<Action, 'vouched' | 'key'>): void {
  if (vouched === undefined) return
  throw new StageError(
    'vouched-result',
    `the result of ${name} is ${vouchedInWords(vouched)}, and --strict takes only results that llmpipe made`,
    `Make it again: --force ${name}, or run without --strict. The record is ${key.slice(0, 12)}.`,
  )
}
