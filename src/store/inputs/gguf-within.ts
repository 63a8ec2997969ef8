/** The GGUF files of a folder that is named where a file has to be. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The GGUF files in the folder that patterns name: `out/q8` itself, or `out/q8/*.json`. Empty if there is no such folder. */
export function ggufWithin(patterns: readonly string[], base: string): string[] {
  const folders = new Set(patterns.map((pattern) => pattern.replace(/(^|\/)\*[^/]*$|\/$/, '')))
  const [folder] = folders
  if (folder === undefined || folders.size > 1) return []
  const names = entries(join(base, folder))
  return names.filter((name) => name.toLowerCase().endsWith('.gguf')).map((name) => join(folder, name))
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
