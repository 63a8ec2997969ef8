/** Corrupt files of a store: each is treated as if it did not exist, and reported once. */

import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { sanitize } from '../core/values/printable.ts'
import { isMissing } from './durable.ts'

type Listener = (message: string) => void

const toStandardError: Listener = (message) => void process.stderr.write(`warning: ${sanitize(message)}\n`)

let listen: Listener = toStandardError
const reported = new Set<string>()

/** Reports that something in a store is corrupt. Only the first report of a message in this process is passed on. */
export function reportDamage(message: string): void {
  if (reported.has(message)) return
  reported.add(message)
  listen(message)
}

/** Passes reports of damage to `listener` instead of the former listener (at first, standard error). Returns a function that undoes it. */
export function onDamage(listener: Listener): () => void {
  const before = listen
  listen = listener
  return () => {
    if (listen === listener) listen = before
  }
}

/** Forgets earlier reports: for tests. */
export function forgetDamage(): void {
  reported.clear()
}

/**
 * The text of a file of a store: `undefined` if it does not exist, `damaged` if something other than a file is in its place. Throws the other errors
 * of the system, such as that of a file that may not be read. Does not wait for a pipe.
 */
export function readStored(path: string): string | undefined | { readonly damaged: true } {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (isMissing(error)) return undefined
    if (isOddity(error)) return { damaged: true }
    throw error
  }
  try {
    return fstatSync(file).isFile() ? readFileSync(file, 'utf8') : { damaged: true }
  } finally {
    closeSync(file)
  }
}

/** The value in a file of a store; `undefined` if the file does not exist or is corrupt. Damage is reported with its consequence. */
export function readStoredAs<T>(
  path: string,
  parse: (text: string) => T | undefined,
  consequence: string,
): T | undefined {
  const text = readStored(path)
  if (text === undefined) return undefined
  const value = typeof text === 'string' ? parsed(text, parse) : undefined
  if (value === undefined) reportDamage(`${path} is corrupt; ${consequence}`)
  return value
}

/** The values in the lines of a file of a store. Corrupt lines are left out, and all but a last line that is cut short are counted and reported. */
export function readStoredLines<T>(path: string, isValue: (value: unknown) => value is T): T[] | undefined {
  const values = streamStoredLines(path, isValue)
  return values === undefined ? undefined : [...values]
}

/** Like `readStoredLines`, for files of any size: the file is read each time the values are iterated, a piece at a time. */
export function streamStoredLines<T>(
  path: string,
  isValue: (value: unknown) => value is T,
  pieceLength?: number,
): Iterable<T> | undefined {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (isMissing(error)) return undefined
    if (!isOddity(error)) throw error
    reportDamage(`${path} is corrupt; it is left out`)
    return []
  }
  const isFile = fstatSync(file).isFile()
  closeSync(file)
  if (!isFile) {
    reportDamage(`${path} is corrupt; it is left out`)
    return []
  }
  return { [Symbol.iterator]: () => valuesIn(linesIn(path, pieceLength), isValue, path) }
}

/** The values in the lines of a text. */
export function linesOf<T>(text: string, isValue: (value: unknown) => value is T, path: string): T[] {
  return [...valuesIn(text.split('\n'), isValue, path)]
}

/** The values in lines. The last line may be cut short; the others are reported if they are corrupt. */
function* valuesIn<T>(lines: Iterable<string>, isValue: (value: unknown) => value is T, path: string): Generator<T> {
  let damaged = 0
  let wasDamaged = false
  for (const line of lines) {
    if (wasDamaged) damaged++
    wasDamaged = false
    if (line === '') continue
    const value = parsed(line, (each) => JSON.parse(each) as unknown)
    if (isValue(value)) yield value
    else wasDamaged = true
  }
  if (damaged > 0)
    reportDamage(
      `${path} has ${damaged} corrupt line${damaged === 1 ? '' : 's'}; ${damaged === 1 ? 'it is' : 'they are'} left out`,
    )
}

/** The longest line that is read, in bytes. A longer one can only be damage, and is passed on cut. */
const longestLine = 1 << 28

/** The lines of a file, as `split` has them: what follows the last line break is a line too. */
function* linesIn(path: string, pieceLength = 1 << 20): Generator<string> {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const piece = Buffer.allocUnsafe(pieceLength)
    /** The pieces of the line that is not complete yet. */
    let begun: Buffer[] = []
    let length = 0
    const keep = (part: Buffer) => {
      if (length < longestLine) begun.push(Buffer.from(part))
      length += part.length
    }
    for (;;) {
      const got = readSync(file, piece)
      if (got === 0) break
      let from = 0
      for (let end = lineBreakIn(piece, from, got); end >= 0; end = lineBreakIn(piece, from, got)) {
        if (length === 0) yield piece.toString('utf8', from, end)
        else {
          keep(piece.subarray(from, end))
          yield Buffer.concat(begun).toString('utf8')
          begun = []
          length = 0
        }
        from = end + 1
      }
      keep(piece.subarray(from, got))
    }
    yield Buffer.concat(begun).toString('utf8')
  } finally {
    closeSync(file)
  }
}

/** The place of the next line break before `end`; -1 if `end` comes first. */
function lineBreakIn(piece: Buffer, from: number, end: number): number {
  const at = piece.indexOf(0x0a, from)
  return at < end ? at : -1
}

function parsed<T>(text: string, parse: (text: string) => T | undefined): T | undefined {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

function isOddity(error: unknown): boolean {
  return ['EISDIR', 'ELOOP', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '')
}
