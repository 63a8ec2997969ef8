/** The values of declarations. Each is evaluated when it is first needed, so declarations can have any order. */

import type { Span } from '../../../grammar/span.ts'
import type { BindingDeclaration } from '../../../grammar/syntax.ts'
import type { ArtefactKind } from '../../core/artefact.ts'
import { entriesOf, type ModuleEntry, type NamedDeclaration, namesOf } from '../1-resolve/module.ts'
import * as artefacts from '../messages/artefacts.generated.ts'
import { notAnArchitecture } from '../messages/models.generated.ts'
import * as names from '../messages/names.generated.ts'
import { type Checker, type Env, notReusable, report } from './env.ts'
import { evaluate, evaluateBound } from './evaluate.ts'
import {
  envIn,
  prefixOf,
  rowsOf,
  sharedLoops,
  suffixOf,
  type VariantValues,
  variablesOf,
  variantsOf,
} from './sweeps/variants.ts'
import { inWords, unknown, type Value } from './values/values.ts'

type Valued = Extract<NamedDeclaration, { type: 'param' | 'let' | 'binding' }>

/** The value of an entry's name at a place. Outside of the `for` that binds the name, the value is all of its variants. */
export function valuesOf(env: Env, entry: ModuleEntry, at: Span): Value {
  const found = variantsAt(env, entry)
  if (found === undefined) return unknown
  const { shown, free } = found
  const made = ({ of, variant }: ShownVariant) => valuesOfVariant(env.checker, of, variant, at)[indexIn(of)] ?? unknown
  const [only] = shown
  if (only === undefined) {
    const related = [{ span: entry.at, label: 'declared here' }]
    report(env, names.notDeclared(at, { name: entry.name }, { related }))
    return unknown
  }
  if (free.length === 0) return made(only)
  const members = shown.map((each) => ({
    name: `${entry.name}${suffixOf(each.variant.row)}`,
    row: each.variant.row,
    value: made(each),
  }))
  return { type: 'variants', name: entry.name, variables: free, members }
}

/** The index of an entry's name among those that its declaration binds. */
function indexIn({ declaration, original }: ModuleEntry): number {
  return declaration?.type === 'binding' ? declaration.names.findIndex(({ name }) => name === original) : 0
}

/** A variant, with the declaration that makes it: a name can have several, in different branches of an `if`. */
interface ShownVariant {
  readonly of: ModuleEntry
  readonly variant: VariantValues
}

/** The variants that a name stands for at a place, and the variables in which they differ there; `undefined` after an error. */
function variantsAt(env: Env, entry: ModuleEntry) {
  const shown: ShownVariant[] = []
  const free = new Set<string>()
  // Which variants there are depends on the `for`s and branches around them.
  if (entriesOf(entry).some(({ loops }) => loops.length > 0)) notReusable(env.checker)
  for (const of of entriesOf(entry)) {
    const all = variantsOf(env.checker, of)
    if (all === undefined) return undefined
    const shared = new Set(variablesOf(sharedLoops(of.loops, env.loop?.loops ?? [])))
    const agrees = ({ row }: VariantValues) =>
      [...row].every(([variable, { text }]) => !shared.has(variable) || env.loop?.row.get(variable)?.text === text)
    shown.push(...all.filter(agrees).map((variant) => ({ of, variant })))
    for (const variable of all[0]?.row.keys() ?? []) if (!shared.has(variable)) free.add(variable)
  }
  return { shown: inOrder(env, entry, shown), free: [...free] }
}

/** Variants in the order of their values, also if several branches of an `if` in a `for` make them. */
function inOrder({ checker }: Env, { home, loops, others = [] }: ModuleEntry, shown: ShownVariant[]) {
  const [other] = others
  if (other === undefined) return shown
  const rows = rowsOf(checker, home, sharedLoops(loops, other.loops)) ?? []
  const placeOf = ({ variant: { row } }: ShownVariant) =>
    rows.findIndex((each) => [...each].every(([name, { text }]) => (row.get(name)?.text ?? text) === text))
  return shown
    .map((each) => ({ each, place: placeOf(each) }))
    .sort((a, b) => a.place - b.place)
    .map(({ each }) => each)
}

/** The one declaration of a name that is seen from a place, and its environment; `undefined` if there are several there, or none. */
export function homeOf(env: Env, entry: ModuleEntry): { readonly of: ModuleEntry; readonly home: Env } | undefined {
  const found = variantsAt(env, entry)
  const [only] = found?.shown ?? []
  if (only === undefined || found === undefined || found.free.length > 0) return undefined
  const { of, variant } = only
  return { of, home: envIn(env.checker, of.home, of.loops, variant.row, entry.name) }
}

function valuesOfVariant(checker: Checker, entry: ModuleEntry, variant: VariantValues, at: Span): readonly Value[] {
  checker.reuse.needs(entry)
  if (variant.values !== undefined) return variant.values
  const declaration = entry.declaration as Valued
  const name = withinOf(declaration)
  const home = envIn(checker, entry.home, entry.loops, variant.row, name)
  const from = checker.open.findIndex((each) => each.declaration === variant)
  if (from !== -1) {
    const circle = checker.open.slice(from)
    const chain = [...circle.map((each) => each.name), entry.name].map((each) => `\`${each}\``).join(' → ')
    const related = circle.map((each) => ({ span: each.span, label: `\`${each.name}\` is declared here` }))
    report(home, names.cyclicDefinition(at, { name: entry.name, chain }, { related }))
    return [unknown]
  }
  const nameSpan = declaration.type === 'binding' ? declaration.names[0]?.span : declaration.name.span
  checker.open.push({ declaration: variant, name, span: nameSpan ?? declaration.span })
  const make = () => {
    const values = work(home, declaration, suffixOf(variant.row))
    for (const [index, { span }] of namesOf(declaration).entries()) checker.facts.bound(span, values[index] ?? unknown)
    return values
  }
  const values = checker.reuse.evaluate(checker, entry, make, (needed) => forceAll(checker, needed))
  checker.open.pop()
  variant.values = values
  return values
}

/** Evaluates a declaration outside of every `for`. */
function forceAll(checker: Checker, entry: ModuleEntry): void {
  for (const variant of variantsOf(checker, entry) ?? []) valuesOfVariant(checker, entry, variant, entry.at)
}

function work(home: Env, declaration: Valued, suffix: string): readonly Value[] {
  switch (declaration.type) {
    case 'param': {
      const given = home.checker.given.get(declaration)
      const value = given ?? evaluate(home, declaration.value)
      return [plain(home, 'param', declaration.name.name, value, declaration.value.span)]
    }
    case 'let': {
      const value = evaluate(home, declaration.value)
      return [plain(home, 'let', declaration.name.name, value, declaration.value.span)]
    }
    case 'binding':
      return bind(home, declaration, suffix)
  }
}

/** Evaluates a binding with all of its variants. A binding that nothing reads is a result of the program. */
export function bindAll({ checker }: Env, entry: ModuleEntry): void {
  for (const each of entriesOf(entry)) {
    const { declaration } = each
    if (declaration?.type !== 'binding' && declaration?.type !== 'let' && declaration?.type !== 'param') return
    for (const variant of variantsOf(checker, each) ?? []) valuesOfVariant(checker, each, variant, each.at)
  }
}

function withinOf(declaration: Valued): string {
  return declaration.type === 'binding' ? declaration.names.map((name) => name.name).join(',') : declaration.name.name
}

/** Reports an artefact that `let` or `param` binds: they bind values and groups of values only. */
function plain(env: Env, keyword: string, name: string, value: Value, span: Span): Value {
  if (value.type !== 'artefact' && value.type !== 'model') return value
  const way = `Write \`${keywordFor(value.artefact.kind)} ${name} = …\`.`
  report(env, artefacts.wrongKeyword(span, { name, keyword, got: inWords(value), way }))
  return unknown
}

function bind(env: Env, declaration: BindingDeclaration, suffix: string): readonly Value[] {
  const written = declaration.names.map((name) => name.name)
  const values = evaluateBound(
    env,
    declaration.value,
    written.map((name) => `${prefixOf(env.module)}${name}${suffix}`),
  )
  if (values.length === 1 && values[0]?.type === 'unknown') return written.map(() => unknown)
  if (values.length !== written.length) {
    const message = `This call has ${count(values.length, 'output')}, and ${count(written.length, 'name')} to bind.`
    const got = count(written.length, 'name')
    const span = declaration.names[Math.min(values.length, written.length - 1)]?.span ?? declaration.span
    report(env, artefacts.wrongCount(span, { message, got }))
    return written.map(() => unknown)
  }
  return values.map((value, index) => {
    const name = written[index] ?? ''
    if (value.type === 'unknown') return unknown
    const wanted = value.type === 'artefact' || value.type === 'model' ? keywordFor(value.artefact.kind) : 'let'
    if (wanted === declaration.keyword) return value
    if (declaration.keyword === 'model' && wanted !== 'stage') {
      report(env, notAnArchitecture(declaration.value.span, { name, what: inWords(value) }))
      return unknown
    }
    const way = `Write \`${wanted} ${name} = …\`.`
    const { keyword } = declaration
    const at = {
      file: declaration.span.file,
      start: declaration.span.start,
      end: declaration.span.start + keyword.length,
    }
    const related = [{ span: declaration.value.span, label: inWords(value) }]
    const label = `expected \`${wanted}\``
    const fix = { type: 'replace', text: wanted } as const
    report(env, artefacts.wrongKeyword(at, { name, keyword, got: inWords(value), way }, { related, label, fix }))
    return unknown
  })
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

/** The keyword that binds an artefact of a kind. */
export function keywordFor(kind: ArtefactKind): BindingDeclaration['keyword'] {
  switch (kind) {
    case 'Tokenizer':
      return 'tokenizer'
    case 'Model':
      return 'model'
    case 'Weights':
    case 'Reward':
    case 'Report':
    case 'Classifier':
      return 'stage'
    default:
      return 'data'
  }
}
