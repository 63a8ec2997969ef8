import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { quoted } from '../core/values/shell-word.ts'

/** The most programs that a message names. */
const most = 3

/** A line of help for a command that lacks its program: the command with each of the first three programs of the working folder; '' if it has no program. */
export function programsHere(command: string): string {
  const programs = programsIn('.')
  if (programs.length === 0) return ''
  // A name that begins with - would be taken for an option.
  const lines = programs.slice(0, most).map((name) => (name.startsWith('-') ? `./${name}` : name))
  const more = programs.length > lines.length ? `, … (${programs.length} programs in this folder)` : ''
  return `help: ${lines.map((name) => `llmpipe ${command} ${quoted(name)}`).join(', or ')}${more}\n`
}

/** The way out if the path of a program is that of a folder: the programs in it. `undefined` if the path is not that of a folder. */
export function helpForFolder(path: string): string | undefined {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined
  const programs = programsIn(path).map((name) => quoted(join(path, name)))
  const named = programs.length > most ? [...programs.slice(0, most), '…'] : programs
  return programs.length === 0
    ? 'This is a folder, without programs. Give the path of a .llmpipe file.'
    : `This is a folder. Its programs: ${named.join(', ')}`
}

/** The names of the programs in a folder, in order. */
function programsIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true })
  // The store is a folder of the same name.
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.llmpipe'))
    .map(({ name }) => name)
    .sort()
}
