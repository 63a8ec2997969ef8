/** The syntax trees of standard modules, for callers that need one without compiling a program. */

import { parse } from '../../../grammar/parse.ts'
import type { Program } from '../../../grammar/syntax.ts'
import { parsedSource, readSource } from './sources.ts'

/** The syntax tree of the standard module `std.NAME`. Throws an Error if there is no such module. */
export function standardProgram(name: string): Program {
  const file = `std:${name}`
  const text = readSource(file)
  if (text === undefined) throw new Error(`llmpipe has no module std.${name}`)
  return parsedSource(file, text) ?? parse(file, text).program
}
