/** Where the worker's program is. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The path of main.py: beside this file among the sources, and in dist/torch of the package. */
export function workerFile(): string {
  const here = import.meta.dirname
  const places = [join(here, 'worker'), join(here, 'torch'), join(here, '../torch')]
  const found = places.map((folder) => join(folder, 'main.py')).find((path) => existsSync(path))
  if (found === undefined) throw new Error(`the worker of the engine torch is missing beside ${here}`)
  return found
}
