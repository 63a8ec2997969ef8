/** Puts the lists of conditions, which are files of a pass, into the params of its steps. */

import type { DocumentExpression } from '../../../core/expression.ts'
import type { InputFile } from '../../../core/kind/stage.ts'
import type { Json, JsonObject } from '../../../core/values/json.ts'
import { mapValues } from '../../../core/values/map-values.ts'
import { listOf } from '../../../data/read/list.ts'

/** The files of a pass by the name of their setting: those of a list are `steps.2.list.0`. */
export type FilesOfPass = Readonly<Record<string, readonly InputFile[]>>

const nameOfList = /^steps\.\d+\.list\.\d+$/

/** The files of the source of a pass, without those of lists. */
export function filesOfSource(files: FilesOfPass): readonly InputFile[] {
  return Object.entries(files).flatMap(([name, own]) => (nameOfList.test(name) ? [] : own))
}

/** The digests of the files of each list by its name; `undefined` without lists. The parts of a pass depend on them. */
export function digestsOfLists(files: FilesOfPass): Readonly<Record<string, readonly string[]>> | undefined {
  const lists = Object.entries(files).filter(([name]) => nameOfList.test(name))
  if (lists.length === 0) return undefined
  return Object.fromEntries(lists.map(([name, own]) => [name, own.map(({ sha256 }) => sha256)]))
}

/** The params of the step `index`, in which `in list(…)` became `in [ … ]`. `warn` receives the lists without values. */
export async function withLists(
  params: JsonObject,
  index: number,
  files: FilesOfPass,
  warn: (message: string) => void,
): Promise<JsonObject> {
  const lists: (readonly string[])[] = []
  for (let list = 0; ; list++) {
    const own = files[`steps.${index}.list.${list}`]
    if (own === undefined) break
    const values = await listOf(own)
    if (values.length === 0) warn(`the list ${own.map(({ name }) => name).join(', ')} is empty, so nothing is in it`)
    lists.push(values)
  }
  return lists.length === 0 ? params : (filled(params, lists) as JsonObject)
}

function filled(value: Json, lists: readonly (readonly string[])[]): Json {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map((each: Json) => filled(each, lists))
  const { op, of, list } = value as JsonObject
  if (op === 'listed' && typeof list === 'number')
    return { op: 'among', of: of!, list: lists[list]! } satisfies Record<
      keyof Extract<DocumentExpression, { op: 'among' }>,
      Json
    >
  return mapValues(value as Readonly<Record<string, Json>>, (each) => filled(each, lists))
}
