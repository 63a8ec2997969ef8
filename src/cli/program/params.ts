/** `-p name=value`, as many as were given. */

import { list, type Options } from '../command.ts'
import { Refusal } from '../terminal/refusal.ts'

/** The values by name; the last of a name counts. */
export function paramsOf(options: Options): Record<string, string> {
  const params = new Map<string, string>()
  for (const given of list(options, 'param')) {
    const at = given.indexOf('=')
    if (at < 1) throw new Refusal(`-p ${given} gives no param a value`, 'Write -p name=value, for example -p steps=50.')
    params.set(given.slice(0, at), given.slice(at + 1))
  }
  // Entries and not assignments: a name may be `__proto__`.
  return Object.fromEntries(params)
}
