/** The file of an imported module. */

import { posix } from 'node:path'
import type { UseDeclaration } from '../../../grammar/syntax.ts'
import { isInPackage, moduleInPackage } from './packages.ts'

/** The path or the `std:name` of an imported module, also of a package that is not locked; `undefined` if it is neither. */
export function targetOf(
  from: string,
  source: UseDeclaration['source'],
  read: (path: string) => string | undefined,
): string | undefined {
  if (source.type === 'std') {
    const [root, ...path] = source.path
    return root === 'std' && path.length > 0 ? `std:${path.join('/')}` : undefined
  }
  return fileOf(from, source.path, read)
}

/** The path of a module that is named by a file or a package; `undefined` if there is none. */
export function fileOf(from: string, path: string, read: (path: string) => string | undefined): string | undefined {
  if (isInPackage(path)) {
    const found = moduleInPackage(from, path, read)
    return 'file' in found ? found.file : undefined
  }
  return from.startsWith('std:') ? undefined : posix.join(posix.dirname(from), path)
}
