/** Packs the files of an artefact with gzip. */

import { createReadStream, createWriteStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

/** Writes each file of the folder `from` to the folder `to`, with `.gz` behind its name. The bytes depend on those of the file only. Returns the number of files. */
export async function packLines(from: string, to: string): Promise<number> {
  const names = await readdir(from)
  for (const name of names)
    await pipeline(
      createReadStream(join(from, name)),
      createGzip({ level: 6 }),
      createWriteStream(join(to, `${name}.gz`)),
    )
  return names.length
}
