/** Removes from texts what a page that people pass on must not have: the home folder, credentials in addresses, and tokens. */

import { homedir } from 'node:os'

/** A function that writes `~` for the home folder, `.` for the folder of the program, and `…` for credentials, at any depth of a value. */
export function withoutPrivate(programFolder: string, home: string = homedir()): <T>(value: T) => T {
  const folders = [
    [programFolder, '.'],
    [home, '~'],
  ].filter(([folder]) => folder !== undefined && folder.length > 1) as [string, string][]
  const clean = (text: string): string =>
    withoutCredentials(folders.reduce((rest, [folder, short]) => replaceFolder(rest, folder, short), text))
  const deep = (value: unknown): unknown => {
    if (typeof value === 'string') return clean(value)
    if (Array.isArray(value)) return value.map(deep)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, deep(each)]))
  }
  // Texts stay texts and lists stay lists, so the shape of the value does not change.
  return <T>(value: T) => deep(value) as T
}

/** Replaces a folder where it is a whole path or the beginning of one. */
function replaceFolder(text: string, folder: string, short: string): string {
  return text
    .split(folder)
    .reduce((before, after) => before + (/^(?:$|[/\\\s"'`:,;.)\]])/.test(after) ? short : folder) + after)
}

/** `https://user:secret@host/?token=secret` becomes `https://…@host/?token=…`; names of well-known forms of keys become `…`. */
export function withoutCredentials(text: string): string {
  return text
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"'`]+@/gi, '$1…@')
    .replace(/([?&](?:[a-z0-9_-]*(?:token|key|secret|password|signature|credential))=)[^\s&"'`]+/gi, '$1…')
    .replace(/\b(?:AKIA[0-9A-Z]{16}|hf_[A-Za-z0-9]{20,}|gh[pousr]_[A-Za-z0-9]{30,}|sk-[A-Za-z0-9_-]{20,})\b/g, '…')
}
