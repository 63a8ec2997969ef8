/** Which llmpipe this is, for what is kept of its work. */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** Another for every build: the entry names its parts by the hashes of what is in them. */
export function identity(): string {
  return createHash('sha256')
    .update(readFileSync(process.argv[1] ?? ''))
    .digest('hex')
}
