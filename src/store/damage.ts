/** Files of a store that are not what they should be: each is treated as if it were not there, and said once. */

import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { sanitize } from '../core/printable.ts'
import { isMissing } from './durable.ts'

type Hear = (message: string) => void

const toStandardError: Hear = (message) => void process.stderr.write(`warning: ${sanitize(message)}\n`)

let hear: Hear = toStandardError
const said = new Set<string>()

/** Says that something in a store is damaged, the first time in this process. */
export function sayDamage(message: string): void {
  if (said.has(message)) return
  said.add(message)
  hear(message)
}

/** From now on `listener` hears of damage, instead of whoever did (at first standard error); returns how to end that. */
export function hearDamage(listener: Hear): () => void {
  const before = hear
  hear = listener
  return () => {
    if (hear === listener) hear = before
  }
}

/** Forgets what was said: for tests. */
export function forgetDamage(): void {
  said.clear()
}

/**
 * The text of a file of a store: `undefined` if there is none, `damaged` if something else than a file is in its place. Throws what
 * the system says otherwise, as of a file that may not be read. A pipe is not waited for.
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

/** The value in a file of a store; one that is damaged is said, with what follows from it, and `undefined` like one that is not there. */
export function readStoredAs<T>(
  path: string,
  parse: (text: string) => T | undefined,
  consequence: string,
): T | undefined {
  const text = readStored(path)
  if (text === undefined) return undefined
  const value = typeof text === 'string' ? parsed(text, parse) : undefined
  if (value === undefined) sayDamage(`${path} is damaged; ${consequence}`)
  return value
}

/** The values in the lines of a file of a store; damaged ones are left out and counted, but for a last line that was cut short. */
export function readStoredLines<T>(path: string, isValue: (value: unknown) => value is T): T[] | undefined {
  const text = readStored(path)
  if (text === undefined) return undefined
  if (typeof text !== 'string') {
    sayDamage(`${path} is damaged; it is left out`)
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
    sayDamage(
      `${path} has ${damaged} damaged line${damaged === 1 ? '' : 's'}; ${damaged === 1 ? 'it is' : 'they are'} left out`,
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
