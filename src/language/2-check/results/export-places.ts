/**
 * Exports that would change what the program reads: the folder of one is, contains or lies in an input, or holds a file of the
 * program itself. Real places are compared, not spellings.
 */

import { dirname, isAbsolute, join, sep } from 'node:path'
import * as artefacts from '../../messages/artefacts.generated.ts'
import type { CheckedCall } from '../../program.ts'
import { type Env, report } from '../env.ts'

/** Endings of the files that artefacts consist of. `Files` hold whatever their stage wrote. */
const endings: ReadonlySet<string> = new Set(['json', 'jsonl', 'bin', 'safetensors', 'jinja'])

/** The real place of a path that is relative to the program's folder. */
export function placeInProgram({ checker }: Env, path: string): string {
  return checker.place(isAbsolute(path) ? path : join(checker.entry.file, '..', path))
}

/** Reports the exports of the program that would write among its inputs or its sources. */
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
  /** As it stands in the program, but for the files of a folder. */
  readonly shown: string
  /** The place of the part of the pattern without wildcards. */
  readonly place: string
  /** The segments from the first with a wildcard on. */
  readonly wild: readonly string[]
  /** It names a folder, all of which is the input. */
  readonly isFolder: boolean
}

function inputsOf(env: Env, call: CheckedCall): Input[] {
  const { checker } = env
  const kind = call.own ?? checker.catalogue.kinds[call.kind]
  return Object.entries(call.files).flatMap(([setting, { patterns, base }]) => {
    const isFolder = kind?.settings.properties[setting]?.within !== undefined
    return patterns.map((pattern): Input => {
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

/** Inputs by their own place, and by every folder around it: programs may have thousands of both inputs and exports. */
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

/** A path, and every folder that it lies in. */
function upFrom(path: string): string[] {
  const all = [path]
  for (let at = path; dirname(at) !== at; at = dirname(at)) all.push(dirname(at))
  return all
}

function setFirst<Value>(map: Map<string, Value>, name: string, value: Value): void {
  if (!map.has(name)) map.set(name, value)
}

/** An input that reads in the folder of an export. `mayEnd`: whether the export may write a file that ends so. */
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

/** Whether the segments of a pattern may match something in a folder, of which these are the segments. */
function matchesBelow([segment, ...rest]: readonly string[], [name, ...names]: readonly string[]): boolean {
  if (segment === undefined) return false
  if (name === undefined) return true
  // Like `*`, it does not match hidden folders.
  if (segment === '**') return ![name, ...names].some((each) => each.startsWith('.'))
  return mayMatch(segment, name) && matchesBelow(rest, names)
}

/** `*` and `?` are looked at; from what else is special in patterns on, anything may match. */
function mayMatch(segment: string, name: string): boolean {
  if (/[[\]{}()!+@\\]/.test(segment)) return name.startsWith(/^[^*?[\]{}()!+@\\]*/.exec(segment)![0])
  if (name.startsWith('.') && !segment.startsWith('.')) return false
  const source = segment.replace(/[.*?^$|]/g, (each) => (each === '*' ? '.*' : each === '?' ? '.' : `\\${each}`))
  return new RegExp(`^${source}$`, 's').test(name)
}

/** Whether an export may write a file with an ending; an empty one stands for any. */
function mayEnd(calls: readonly CheckedCall[], { inputs }: CheckedCall): (ending: string) => boolean {
  const made = Object.values(inputs)
    .flat()
    .map(({ call, output }) => calls[call]?.outputs.find(({ name }) => name === output)?.type.kind)
  return (ending) => ending === '' || made.includes('Files') || endings.has(ending.toLowerCase())
}
