/** Chooses the format of a file by its name. */

import { StageError } from '../../../core/failure.ts'
import { packingOfName, packings } from '../packing/packings.ts'
import type { Format } from './format.ts'
import { neverText, notPlain } from './refused.ts'

/** The ending of a file's name in lower case, whether the name says that the file is packed, and the name without that: `pages.JSONL.gz` is a packed `.jsonl`. */
export function endingOf(name: string): { readonly ending: string; readonly packed: boolean; readonly inner: string } {
  const lower = name.toLowerCase()
  const packing = packingOfName(lower)
  const inner = packing === undefined ? lower : lower.slice(0, -packings[packing].ending.length)
  const [ending = ''] = /\.[^./\\]*$/.exec(inner) ?? []
  return { ending, packed: packing !== undefined, inner }
}

/**
 * The format of a file: the one that the program names, or else the one that the name of the file stands for; `text` if the name stands for
 * no format. Throws a StageError `unreadable-file` for a file that no format reads.
 */
export function chooseFormat(name: string, named: string, formats: Readonly<Record<string, Format>>): Format {
  const { ending, inner } = endingOf(name)
  const byName = Object.values(formats).find(({ names }) => names?.test(inner) === true)
  if (byName !== undefined && (named === 'auto' || formats[named] === byName)) return byName
  const known = Object.values(formats).find(({ extensions }) => extensions.includes(ending))
  if (known !== undefined && (named === 'auto' || formats[named] === known)) return known
  const help = neverText.get(ending) ?? (named === 'auto' ? notPlain.get(ending) : undefined)
  if (help !== undefined) {
    const insist = neverText.has(ending) ? '' : ' To read its bytes as plain text, write read(…, format: text).'
    throw new StageError('unreadable-file', `${name}: ${ending} files cannot be read`, `${help}${insist}`)
  }
  return formats[named === 'auto' ? 'text' : named]!
}
