/**
 * Reports exports that would change what the program reads: the folder of an export is an input, contains one or lies in one, or holds
 * a file of the program. Real paths are compared, not spellings.
 */

import { dirname, isAbsolute, join, sep } from 'node:path'
import * as artefacts from '../../messages/artefacts.generated.ts'
import type { CheckedCall } from '../../program.ts'
import { type Env, report } from '../env.ts'
import { isNamedFile } from '../settings/files.ts'

/** Extensions of the files in artefacts. Artefacts of the kind `Files` have any file. */
const endings: ReadonlySet<string> = new Set(['json', 'jsonl', 'bin', 'safetensors', 'jinja'])

/** The real path of a path that is relative to the program's folder. */
export function placeInProgram({ checker }: Env, path: string): string {
  return checker.place(isAbsolute(path) ? path : join(checker.entry.file, '..', path))
}

/** Reports exports that would write among the inputs or the sources of the program. */
export function checkExportPlaces(env: Env, sources: readonly string[]): void {
  const { checker } = env
  if (checker.exports.size === 0) return
  const inputs = byPlace(checker.calls.flatMap((call) => inputsOf(env, call)))
  const files = new Map<string, string>()
  for (const file of sources)
    if (!file.startsWith('std:')) for (const around of upFrom(checker.place(file))) setFirst(files, around, file)
  for (const call of checker.calls) {
    if (call.exportTo === undefined) continue
    const folder = call.exportTo
    const place = placeInProgram(env, folder)
    const at = call.settingSpans.to ?? call.at
    const source = files.get(place)
    if (source !== undefined) {
      report(env, artefacts.exportAmongSources(at, { folder, file: source }))
      continue
    }
    const input = inputs.around.get(place) ?? reachingInto(inputs.at, place, mayEnd(checker.calls, call))
    if (input === undefined) continue
    const related = [{ span: input.call.settingSpans[input.setting] ?? input.call.at, label: 'read here' }]
    report(env, artefacts.exportAmongInputs(at, { folder, what: `"${input.shown}"` }, { related }))
  }
}

interface Input {
  readonly call: CheckedCall
  readonly setting: string
  /** The pattern as it is written; for a folder, without the files in it. */
  readonly shown: string
  /** The real path of the part of the pattern before the first wildcard. */
  readonly place: string
  /** The segments of the pattern from the first wildcard. */
  readonly wild: readonly string[]
  /** Whether the input is a whole folder. */
  readonly isFolder: boolean
}

function inputsOf(env: Env, call: CheckedCall): Input[] {
  const { checker } = env
  const kind = call.custom ?? checker.catalogue.kinds[call.kind]
  return Object.entries(call.files).flatMap(([setting, { patterns, base }]) => {
    const { within, orFile } = kind?.settings.properties[setting] ?? {}
    return patterns.map((pattern): Input => {
      const isFolder = within !== undefined && !isNamedFile(pattern, orFile)
      const segments = pattern.split('/')
      const first = segments.findIndex((segment) => /[*?[\]{}()!+@]/.test(segment))
      const fixed = first === -1 ? segments : segments.slice(0, first)
      const wild = first === -1 ? [] : segments.slice(first)
      const path = fixed.join('/') || (pattern.startsWith('/') ? '/' : '.')
      return {
        call,
        setting,
        shown: isFolder ? pattern.slice(0, pattern.lastIndexOf('/')) : pattern,
        place: placeInProgram(env, join(isAbsolute(path) ? '' : base, path)),
        wild,
        isFolder,
      }
    })
  })
}

/** Inputs by their own path, and by every folder around it. A program may have thousands of inputs and exports. */
function byPlace(inputs: readonly Input[]) {
  const at = new Map<string, Input[]>()
  const around = new Map<string, Input>()
  for (const input of inputs) {
    const here = at.get(input.place) ?? []
    here.push(input)
    at.set(input.place, here)
    for (const folder of upFrom(input.place)) setFirst(around, folder, input)
  }
  return { at, around }
}

/** A path and every folder around it. */
function upFrom(path: string): string[] {
  const all = [path]
  for (let at = path; dirname(at) !== at; at = dirname(at)) all.push(dirname(at))
  return all
}

function setFirst<Value>(map: Map<string, Value>, name: string, value: Value): void {
  if (!map.has(name)) map.set(name, value)
}

/** An input that reads in the folder of an export. `mayEnd`: whether the export may write a file with an extension. */
function reachingInto(
  inputs: ReadonlyMap<string, readonly Input[]>,
  folder: string,
  mayEnd: (ending: string) => boolean,
): Input | undefined {
  return upFrom(folder)
    .flatMap((at) => inputs.get(at) ?? [])
    .find((input) => reaches(input, folder, mayEnd))
}

function reaches({ place, wild, isFolder }: Input, folder: string, mayEnd: (ending: string) => boolean): boolean {
  if (isFolder || wild.length === 0) return true
  const below = folder.slice(place.endsWith(sep) ? place.length : place.length + 1).split(sep)
  return matchesBelow(wild, below) && mayEnd(/\.([A-Za-z0-9]+)$/.exec(wild.at(-1) ?? '')?.[1] ?? '')
}

/** Whether the segments of a pattern may match a path in a folder, whose segments below the beginning of the pattern are given. */
function matchesBelow([segment, ...rest]: readonly string[], [name, ...names]: readonly string[]): boolean {
  if (segment === undefined) return false
  if (name === undefined) return true
  // Like `*`, it does not match hidden folders.
  if (segment === '**') return ![name, ...names].some((each) => each.startsWith('.'))
  return mayMatch(segment, name) && matchesBelow(rest, names)
}

/** Whether a segment of a pattern may match a name. After any wildcard but `*` and `?`, anything may match. */
function mayMatch(segment: string, name: string): boolean {
  if (/[[\]{}()!+@\\]/.test(segment)) return name.startsWith(/^[^*?[\]{}()!+@\\]*/.exec(segment)![0])
  if (name.startsWith('.') && !segment.startsWith('.')) return false
  const source = segment.replace(/[.*?^$|]/g, (each) => (each === '*' ? '.*' : each === '?' ? '.' : `\\${each}`))
  return new RegExp(`^${source}$`, 's').test(name)
}

/** Whether an export may write a file with an extension; `''` stands for any extension. */
function mayEnd(calls: readonly CheckedCall[], { inputs }: CheckedCall): (ending: string) => boolean {
  const made = Object.values(inputs)
    .flat()
    .map(({ call, output }) => calls[call]?.outputs.find(({ name }) => name === output)?.type.kind)
  return (ending) => ending === '' || made.includes('Files') || endings.has(ending.toLowerCase())
}
