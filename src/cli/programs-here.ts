import { readdirSync } from 'node:fs'
import { quoted } from '../core/values/shell-word.ts'

/** A line of help for a command that lacks its program: the command with each of the first three programs of the working folder; '' if it has no program. */
export function programsHere(command: string): string {
  const entries = readdirSync('.', { withFileTypes: true })
  // The store is a folder of the same name.
  const programs = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.llmpipe')).map(({ name }) => name)
  if (programs.length === 0) return ''
  // A name that begins with - would be taken for an option.
  const lines = programs
    .sort()
    .slice(0, 3)
    .map((name) => (name.startsWith('-') ? `./${name}` : name))
  const more = programs.length > lines.length ? `, … (${programs.length} programs in this folder)` : ''
  return `help: ${lines.map((name) => `llmpipe ${command} ${quoted(name)}`).join(', or ')}${more}\n`
}
