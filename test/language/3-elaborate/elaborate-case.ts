/** Compiles a case of test/language/3-elaborate/cases with all three passes and the modules of stdlib. */

import { readFileSync, statSync } from 'node:fs'
import { elaborateModel } from '../../../src/language/3-elaborate/model.ts'
import { type Compiled, compile } from '../../../src/language/compile.ts'
import { catalogue } from '../catalogue.ts'

export const cases = 'test/language/3-elaborate/cases'

export function elaborateCase(name: string): Compiled {
  return elaborateText(readFileSync(`${cases}/${name}.llmpipe`, 'utf8'), `${cases}/${name}.llmpipe`)
}

/** Compiles a text as if it were the file `file`. */
export function elaborateText(text: string, file = `${cases}/text.llmpipe`): Compiled {
  return compile(file, {
    read: (path) => (path === file ? text : read(path)),
    catalogue,
    params: {},
    elaborateModel,
  })
}

function read(path: string): string | undefined {
  const file = path.startsWith('std:') ? `stdlib/${path.slice('std:'.length)}.llmpipe` : path
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file, 'utf8') : undefined
}
