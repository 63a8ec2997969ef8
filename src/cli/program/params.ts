/** The values that `-p name=value` gives to the params of a program. */

import { Refusal } from '../terminal/refusal.ts'

/** The values by name. The last value of a name counts. Throws a Refusal for a word without a name and `=`. */
export function paramsOf(words: readonly string[]): Record<string, string> {
  const params = new Map<string, string>()
  for (const word of words) {
    const at = word.indexOf('=')
    if (at < 1) throw new Refusal(`-p ${word} gives no param a value`, 'Write -p name=value, for example -p steps=50.')
    params.set(word.slice(0, at), word.slice(at + 1))
  }
  // fromEntries, because assigning to the name `__proto__` would set the prototype.
  return Object.fromEntries(params)
}
