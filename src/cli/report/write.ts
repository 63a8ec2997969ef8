/** Writes a page to its file, which it replaces only if llmpipe made that file. */

import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { PageAssets } from '../../report/page.ts'
import { isIn, placeOf } from '../../store/place.ts'
import { packageRoot } from '../package.ts'
import { Refusal } from '../terminal/refusal.ts'

/** The script and the style sheet of pages. */
export function pageAssets(): PageAssets {
  const read = (name: string) => readFileSync(join(packageRoot, 'dist/report', name), 'utf8')
  return { script: read('client.js'), style: read('page.css') }
}

/** By this every page of llmpipe is recognized. It stands near the beginning. */
const mark = '<meta name="generator" content="llmpipe report">'

export interface WriteOptions {
  /** Also a file that llmpipe did not make is replaced. */
  readonly replaces: boolean
  readonly storeRoot: string
}

/** Writes a page atomically. Throws a Refusal if the file is not a page of llmpipe, or cannot be written. */
export function writePage(path: string, page: string, { replaces, storeRoot }: WriteOptions): void {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (stat !== undefined && statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new Refusal(`${path} is a folder`, `Name a file: -o ${join(path, 'report.html')}`)
  if (isIn(placeOf(storeRoot), placeOf(dirname(resolve(path)))))
    throw new Refusal(`${path} lies in the store, which only llmpipe writes to`, 'Name another place with -o.')
  if (stat !== undefined && !replaces && !(stat.isFile() && isPage(path)))
    throw new Refusal(
      `${path} exists, and report did not make it`,
      'Name another file with -o, or replace it with --overwrite.',
    )
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`)
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(draft, page, { flag: 'wx' })
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw new Refusal(`${path} cannot be written: ${(error as Error).message}`, 'Name another file with -o.')
  }
}

/** Whether the beginning of a file is that of a page of llmpipe. */
function isPage(path: string): boolean {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(2048)
    return bytes.toString('utf8', 0, readSync(file, bytes)).includes(mark)
  } finally {
    closeSync(file)
  }
}
