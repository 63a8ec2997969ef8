/** The names that the standard modules declare, for messages to people who forgot the import. */

import type { Program } from '../../../grammar/syntax.ts'
import { namesOf, placed } from './module.ts'

/** The standard modules, without their prefix `std`. */
export const standardModules = ['chat', 'clean', 'models', 'presets'] as const

/** The names that standard modules declare, each with its module: `tidy` is in `std.clean`. */
export function standardNames(
  read: (path: string) => string | undefined,
  parse: (path: string, text: string) => Program,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const module of standardModules) {
    const file = `std:${module}`
    for (const { declaration } of placed(parse(file, read(file) ?? '').declarations))
      if (declaration.type !== 'use') for (const { name } of namesOf(declaration)) names.set(name, `std.${module}`)
  }
  return names
}
