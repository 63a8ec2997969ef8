/** The difference of two manifests in the words of the program: `optimizer.lr: 0.001 → 0.0003`. */

import type { Digest } from '../../core/artefact.ts'
import { canonical, type Json } from '../../core/values/json.ts'
import type { Action, UsedFile } from '../store.ts'
import type { Component } from './manifest.ts'
import { alignSteps } from './step-difference.ts'

/** One difference. */
export type Change =
  /**
   * `path` is the path of the setting, `name` its name in the program: `optimizer.lr` for both, `keep.where` for `steps.1.params.where`, and for a
   * rule, `steps.1.params.rules.0`, the name of its filter. `before` or `after` is absent if the setting did not exist on that side.
   */
  | {
      readonly type: 'setting'
      readonly path: string
      readonly name: string
      readonly before?: string
      readonly after?: string
    }
  /** A step of a pass that exists on one side only; `index` is its position there. */
  | { readonly type: 'step'; readonly index: number; readonly label: string; readonly how: 'added' | 'removed' }
  | {
      readonly type: 'input'
      readonly role: string
      readonly index: number
      readonly before?: Digest
      readonly after?: Digest
    }
  | { readonly type: 'file'; readonly name: string; readonly how: 'changed' | 'added' | 'removed' }
  /** Another version of an npm package that the program uses, beside changes that can come from it. */
  | { readonly type: 'package'; readonly name: string; readonly before?: string; readonly after?: string }
  /** Another version of the kind: llmpipe itself changed. */
  | { readonly type: 'version'; readonly before: string; readonly after: string }

export type Explained = Pick<Action, 'components' | 'words' | 'files'>

/** All differences, settings first. Empty exactly if the keys are equal (or only the order of files changed). */
export function difference(before: Explained, after: Explained): Change[] {
  const steps = alignSteps(before, after)
  const changes: Change[] = steps
    ? [...settingChanges(steps.before, steps.after, steps.nameOf), ...steps.changes]
    : settingChanges(before, after)
  const hasOtherSteps = changes.some(
    (change) => change.type === 'step' || (change.type === 'setting' && change.path === 'source.kind'),
  )
  const paths = differing(before.components, after.components)
  changes.push(...fileChanges(before.files, after.files))
  const old = new Map(before.components)
  const now = new Map(after.components)
  for (const path of paths)
    if (path.startsWith('inputs.')) changes.push(...inputChanges(path, old.get(path), now.get(path)))
  const versions = versionChange(paths, old, now)
  // The version of a pass consists of the versions of its steps: with other steps, it has no meaning of its own.
  if (versions !== undefined && !hasOtherSteps) changes.push(versions)
  const isOfProgram = changes.some(({ type }) => type === 'setting' || type === 'step')
  return isOfProgram ? [...changes, ...packageChanges(before, after)] : changes
}

/** The action with the fewest differences; of several, the first. */
export function nearest(
  actions: readonly Action[],
  to: Explained,
): { readonly action: Action; readonly changes: readonly Change[] } | undefined {
  let best: { action: Action; changes: Change[] } | undefined
  for (const action of actions) {
    const changes = difference(action, to)
    if (best === undefined || changes.length < best.changes.length) best = { action, changes }
  }
  return best
}

function differing(before: readonly Component[], after: readonly Component[]): string[] {
  const old = new Map(before.map(([path, value]) => [path, canonical(value)]))
  const now = new Map(after.map(([path, value]) => [path, canonical(value)]))
  return [...new Set([...old.keys(), ...now.keys()])].filter((path) => old.get(path) !== now.get(path)).sort()
}

function settingChanges(before: Explained, after: Explained, nameOf = (path: string) => path): Change[] {
  const paths = differing(before.components, after.components).filter((path) => path.startsWith('params.'))
  const [oldWords, newWords] = [new Map(before.words), new Map(after.words)]
  const [old, now] = [new Map(before.components), new Map(after.components)]
  const changes = new Map<string, Change>()
  for (const path of paths) {
    const found = labelled(path, oldWords, newWords) ?? explained(path, oldWords, newWords)
    for (const [at, was, is] of found ?? [[path, old.get(path), now.get(path)] as const]) {
      const setting = at.replace(/^params\./, '')
      changes.set(setting, {
        type: 'setting',
        path: setting,
        name: nameOf(setting),
        ...(was === undefined ? {} : { before: inWords(was, found !== undefined) }),
        ...(is === undefined ? {} : { after: inWords(is, found !== undefined) }),
      })
    }
  }
  return [...changes.values()]
}

type Words = ReadonlyMap<string, Json>
type Labels = readonly (readonly [path: string, before: Json | undefined, after: Json | undefined])[]

/**
 * `where: words > 5 → words > 8`, if a field around the path has a label with its name, `$where`, or, as a rule of a filter, a label of its own,
 * `$label`.
 */
function labelled(path: string, before: Words, after: Words): Labels | undefined {
  const segments = path.split('.')
  for (let length = segments.length; length > 1; length--) {
    const around = segments.slice(0, length - 1).join('.')
    const field = segments[length - 1]
    const labels = [
      [`${around}.${field}`, `${around}.$${field}`],
      [around, `${around}.$label`],
    ] as const
    for (const [of, label] of labels) {
      const [was, is] = [before.get(label), after.get(label)]
      if (canonical(was ?? null) !== canonical(is ?? null)) return [[of, was, is]]
    }
  }
  return undefined
}

/** `model.dim: 128 → 256`, if labels beside a field explain more than the field itself, which is a digest. */
function explained(path: string, before: Words, after: Words): Labels | undefined {
  const around = `${path.split('.').slice(0, -1).join('.')}.$`
  const names = [...new Set([...before.keys(), ...after.keys()])].filter((name) => name.startsWith(around))
  const differ = names.filter((name) => canonical(before.get(name) ?? null) !== canonical(after.get(name) ?? null))
  if (differ.length === 0) return undefined
  return differ
    .sort()
    .map((name) => [name.replace(/\.\$arguments\b/, '').replace('$', ''), before.get(name), after.get(name)])
}

function inputChanges(path: string, before: Json | undefined, after: Json | undefined): Change[] {
  const [old, now] = [digests(before), digests(after)]
  const changes: Change[] = []
  for (let index = 0; index < Math.max(old.length, now.length); index++) {
    const [was, is] = [old[index], now[index]]
    if (was === is) continue
    const digestsThen = { ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) }
    changes.push({ type: 'input', role: path.slice('inputs.'.length), index, ...digestsThen })
  }
  return changes
}

function digests(value: Json | undefined): readonly Digest[] {
  return Array.isArray(value) ? (value as Digest[]) : []
}

function fileChanges(before: Action['files'], after: Action['files']): Change[] {
  const changes: Change[] = []
  for (const setting of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [byName(before[setting]), byName(after[setting])]
    for (const name of [...new Set([...old.keys(), ...now.keys()])].sort()) {
      const [was, is] = [old.get(name), now.get(name)]
      if (was === is) continue
      changes.push({ type: 'file', name, how: was === undefined ? 'added' : is === undefined ? 'removed' : 'changed' })
    }
  }
  return changes
}

function packageChanges(before: Explained, after: Explained): Change[] {
  const versionsIn = ({ words }: Explained) =>
    new Map(
      words.flatMap(([path, version]) => (path.startsWith('$packages.') ? [[path, String(version)] as const] : [])),
    )
  const [old, now] = [versionsIn(before), versionsIn(after)]
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((path): Change[] => {
    const [was, is] = [old.get(path), now.get(path)]
    if (was === is) return []
    const name = path.slice('$packages.'.length).replace(/^"(.*)"$/, '$1')
    return [{ type: 'package', name, ...(was && { before: was }), ...(is && { after: is }) }]
  })
}

function byName(files: readonly UsedFile[] = []): Map<string, string> {
  return new Map(files.map(({ name, sha256 }) => [name, sha256]))
}

function versionChange(paths: readonly string[], before: Words, after: Words): Change | undefined {
  const [path] = paths.filter((each) => each === 'version' || each.startsWith('version.'))
  if (path === undefined) return undefined
  return {
    type: 'version',
    before: inWords(before.get(path) ?? null, false),
    after: inWords(after.get(path) ?? null, false),
  }
}

/** A value as one short text. A label is a text already. */
function inWords(value: Json, isLabel: boolean): string {
  const text = isLabel && typeof value === 'string' ? value : canonical(value).replaceAll(',', ', ')
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

/** A change in one line, without its place in the program: `optimizer.lr: 0.001 → 0.0003`. */
export function changeInWords(change: Change): string {
  switch (change.type) {
    case 'setting':
      if (change.before === undefined) return `${change.name}: ${change.after} is new`
      return change.after === undefined
        ? `${change.name}: ${change.before} is gone`
        : `${change.name}: ${change.before} → ${change.after}`
    case 'step':
      return `${change.label} is ${change.how === 'added' ? 'new' : 'gone'}`
    case 'input':
      if (change.before === undefined) return `input \`${change.role}\` is new`
      return change.after === undefined ? `input \`${change.role}\` is gone` : `input \`${change.role}\` changed`
    case 'file':
      return `${change.name} ${change.how === 'changed' ? 'changed' : `was ${change.how}`}`
    case 'package':
      if (change.before === undefined) return `the package ${change.name} ${change.after} is used`
      return change.after === undefined
        ? `the package ${change.name} ${change.before} is not used any more`
        : `the package ${change.name}: ${change.before} → ${change.after}`
    case 'version':
      return `the stage kind changed in llmpipe: version ${change.before} → ${change.after}`
  }
}
