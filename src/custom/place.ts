/** What code of the project's own threw, and where. */

import { fileURLToPath } from 'node:url'

/** What was thrown, and where in the project's own files. */
export function reasonOf(thrown: unknown): string {
  const { name, message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown))
  const where = placeIn(stack ?? '')
  return `${name}: ${message}${where === undefined ? '' : ` (${where})`}.`
}

/** The innermost place of a stack that is in a source of the project: `shout.ts:12`. */
export function placeIn(stack: string): string | undefined {
  const [, file, line] =
    /^\s+at (?:.*\()?(?:file:\/\/)?(?:[^()\n]*\/)?([^/()\n]+\.[cm]?[tj]s):(\d+):\d+\)?$/m.exec(stack) ?? []
  return file === undefined ? undefined : `${file}:${line}`
}

/** Where llmpipe itself lies: the bundle, or this folder; frames of CommonJS name paths, those of ES modules addresses. */
const here = new URL('.', import.meta.url)
const ours = [here.href, fileURLToPath(here)]

/** A stack without the frames of llmpipe and of Node, which tell nobody anything. */
export function ownFrames(stack: string): string {
  const isForeign = (line: string) => ours.some((place) => line.includes(place)) || line.includes('node:internal')
  return stack
    .split('\n')
    .filter((line) => !/^\s+at /.test(line) || !isForeign(line))
    .join('\n')
}
