import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { quoted } from '../core/values/shell-word.ts'
import { Refusal } from './terminal/refusal.ts'

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

/** Throws a Refusal if the path of a program is that of a folder; the help names the programs in it. */
export function refuseFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return
  const programs = programsIn(path).map((name) => quoted(join(path, name)))
  const named = programs.length > most ? [...programs.slice(0, most), '…'] : programs
  throw new Refusal(
    `${path} is a folder, and not a program`,
    programs.length === 0
      ? 'Give the path of a .llmpipe file; the folder has none.'
      : `Its programs: ${named.join(', ')}`,
  )
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
