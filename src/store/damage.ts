/** Corrupt files of a store: each is treated as if it did not exist, and reported once. */

import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
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
  const text = readStored(path)
  if (text === undefined) return undefined
  if (typeof text !== 'string') {
    reportDamage(`${path} is corrupt; it is left out`)
    return []
  }
  return linesOf(text, isValue, path)
}

/** The values in the lines of a text. */
export function linesOf<T>(text: string, isValue: (value: unknown) => value is T, path: string): T[] {
  const lines = text.split('\n')
  let damaged = 0
  const values = lines.flatMap((line, index): T[] => {
    if (line === '') return []
    const value = parsed(line, (each) => JSON.parse(each) as unknown)
    if (isValue(value)) return [value]
    if (index < lines.length - 1) damaged++
    return []
  })
  if (damaged > 0)
    reportDamage(
      `${path} has ${damaged} corrupt line${damaged === 1 ? '' : 's'}; ${damaged === 1 ? 'it is' : 'they are'} left out`,
    )
  return values
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
