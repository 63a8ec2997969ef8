/** Errors of custom code: their message, and where they were thrown. */

import { fileURLToPath } from 'node:url'

/** The message of a thrown value, with the place in the project's files. */
export function reasonOf(thrown: unknown): string {
  const { name, message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown))
  const where = placeIn(stack ?? '')
  return `${name}: ${message}${where === undefined ? '' : ` (${where})`}.`
}

/** The innermost source of the project in a stack: `shout.ts:12`. */
export function placeIn(stack: string): string | undefined {
  const [, file, line] =
    /^\s+at (?:.*\()?(?:file:\/\/)?(?:[^()\n]*\/)?([^/()\n]+\.[cm]?[tj]s):(\d+):\d+\)?$/m.exec(stack) ?? []
  return file === undefined ? undefined : `${file}:${line}`
}

/** The folder of llmpipe itself, as frames of ES modules (addresses) and of CommonJS (paths) name it. */
const here = new URL('.', import.meta.url)
const ours = [here.href, fileURLToPath(here)]

/** A stack without the frames of llmpipe and of Node, which do not help the author of a stage. */
export function projectFrames(stack: string): string {
  const isForeign = (line: string) => ours.some((place) => line.includes(place)) || line.includes('node:internal')
  return stack
    .split('\n')
    .filter((line) => !/^\s+at /.test(line) || !isForeign(line))
    .join('\n')
}
