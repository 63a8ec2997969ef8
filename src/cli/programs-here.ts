import { readdirSync } from 'node:fs'
import { quoted } from '../core/values/shell-word.ts'

/** A line of help for a command that lacks its program: the command with each program of the working folder, at most three; '' if there is none. */
export function programsHere(command: string): string {
  const entries = readdirSync('.', { withFileTypes: true })
  // The store is a folder of the same name.
  const programs = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.llmpipe')).map(({ name }) => name)
  if (programs.length === 0) return ''
  const lines = programs.sort().slice(0, 3)
  const more = programs.length > lines.length ? `, … (${programs.length} programs in this folder)` : ''
  return `help: ${lines.map((name) => `llmpipe ${command} ${quoted(name)}`).join(', or ')}${more}\n`
}
