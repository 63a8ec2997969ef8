/**
 * The variants of declarations in a `for`. A declaration has one variant for each choice of the variables that it depends on, directly
 * or through other declarations. A declaration that depends on none of them is made once, under its plain name.
 *
 *     for lr in [1e-3, 3e-4], layers in 2..3 {
 *       data tokens = docs |> encode(bpe)        tokens
 *       model gpt = llama(layers: layers)        gpt[layers=2], gpt[layers=3]
 *       stage base = pretrain(gpt, on: tokens)   base[lr=1e-3, layers=2], base[lr=1e-3, layers=3], base[lr=3e-4, layers=2], …
 *     }
 *
 * The text alone says which variables a declaration depends on: the branch that an `if` selects does not matter, and names stay the same
 * when values change.
 */

import type { Branch, Declaration, Enclosure, ForClause, Identifier } from '../../../../grammar/syntax.ts'
import {
  clausesOf,
  enclosuresOf,
  entriesOf,
  type Module,
  type ModuleEntry,
  type PlainDeclaration,
  placed,
} from '../../1-resolve/module.ts'
import * as names from '../../messages/names.generated.ts'
import { conditionUnknown } from '../../messages/settings.generated.ts'
import * as say from '../../messages/sweeps.generated.ts'
import { type Checker, type Env, type Loop, type Row, report, type Thunk } from '../env.ts'
import { evaluate } from '../evaluate.ts'
import { mentions } from '../mentions.ts'
import { inWords, type Value } from '../values/values.ts'
import { choicesOf, maxVariants, textOfRow } from './loop-values.ts'

/** A choice of values for the variables that a declaration depends on, and the values of the declaration for it. */
export interface VariantValues {
  readonly row: Row
  /** Evaluated when they are first needed. */
  values?: readonly Value[]
}

/** The variables of `for`s, from the outermost. */
export function variablesOf(loops: readonly Enclosure[]): string[] {
  return loops.flatMap((loop) => clausesOf(loop).flatMap((clause) => clause.names.map(({ name }) => name)))
}

/** The text behind the name of a variant, `[lr=3e-4, layers=2]`; empty outside of every `for`. */
export function suffixOf(row: Row): string {
  return row.size === 0 ? '' : `[${textOfRow(row)}]`
}

/** The environment of a declaration or an expression inside of `for`s, for one choice of their variables. */
export function envIn(checker: Checker, module: Module, loops: readonly Enclosure[], row: Row, name: string): Env {
  const locals = new Map<string, Thunk>()
  for (const loop of loops)
    for (const clause of clausesOf(loop))
      for (const variable of clause.names) {
        const chosen = row.get(variable.name)
        if (chosen !== undefined)
          locals.set(variable.name, { span: variable.span, value: chosen.value, declared: variable.span })
      }
  return {
    checker,
    module,
    locals,
    within: `${prefixOf(module)}${name}${suffixOf(row)}`,
    through: [],
    loop: loops.length === 0 ? undefined : { loops, row, name },
    variant: variantName(`${prefixOf(module)}${name}`, row),
  }
}

/** The text before the names of what a test makes: `menus go: `. */
export function prefixOf({ test }: Module): string {
  // Commas and brackets have a meaning in names.
  return test === undefined ? '' : `${test.replace(/[,[\]()"]/g, ' ')}: `
}

/** The variant that a call records; `undefined` outside of every `for`. */
export function variantName(name: string, row: Row): Env['variant'] {
  if (row.size === 0) return undefined
  return { of: name, values: Object.fromEntries([...row].map(([variable, { text }]) => [variable, text])) }
}

/** The variants of a declaration, in the order of their values; `undefined` if a `for` has an error, which is reported. */
export function variantsOf(
  checker: Checker,
  { declaration, home, loops }: ModuleEntry,
): readonly VariantValues[] | undefined {
  if (declaration === undefined) return undefined
  const known = checker.variants.get(declaration)
  if (known !== undefined) return known
  const variants = choices(checker, home, loops, declaration)?.map((row): VariantValues => ({ row }))
  if (variants !== undefined) checker.variants.set(declaration, variants)
  return variants
}

/** The distinct choices of the variables that a node of the tree depends on. */
export function choices(
  checker: Checker,
  module: Module,
  loops: readonly Enclosure[],
  node: object,
): readonly Row[] | undefined {
  if (loops.length === 0) return [new Map()]
  const rows = rowsOf(checker, module, loops)
  if (rows === undefined) return undefined
  const wanted = dependsOn(checker, module, loops, node)
  const different = new Map<string, Row>()
  for (const row of rows) {
    const part = partOf(row, wanted)
    const text = textOfRow(part)
    if (!different.has(text)) different.set(text, part)
  }
  return [...different.values()]
}

/** The part of a choice that an expression depends on. */
export function partFor({ checker, module }: Env, { loops, row }: Loop, node: object): Row {
  return partOf(row, dependsOn(checker, module, loops, node))
}

function partOf(row: Row, wanted: ReadonlySet<string>): Row {
  return new Map([...row].filter(([variable]) => wanted.has(variable)))
}

/** Every choice of the variables of `for`s; `undefined` if one has an error, which is reported. */
export function rowsOf(checker: Checker, module: Module, loops: readonly Enclosure[]): readonly Row[] | undefined {
  const loop = loops.at(-1)
  if (loop === undefined) return [new Map()]
  const known = checker.rows.get(loop)
  if (known === 'open') {
    // The values of the `for`, or the condition of the `if`, depend on what its body makes.
    const [clause] = clausesOf(loop)
    const name = clause?.names[0]?.name ?? 'if'
    const span = clause?.span ?? (loop.type === 'branch' ? loop.condition.span : loop.span)
    const env = envIn(checker, module, [], new Map(), '')
    report(env, names.cyclicDefinition(span, { name, chain: `\`${name}\` → \`${name}\`` }))
    return undefined
  }
  if (known !== undefined) return known === 'failed' ? undefined : known
  checker.rows.set(loop, 'open')
  const outer = loops.slice(0, -1)
  let rows = rowsOf(checker, module, outer)
  if (loop.type === 'branch') rows = rows && rowsOfBranch(checker, module, outer, loop, rows)
  for (const clause of clausesOf(loop)) {
    const longer: Row[] = []
    let fits = rows !== undefined
    for (const row of rows ?? []) {
      // A clause sees the variables before it, and what the enclosing `for`s bind.
      const around = outer.length === 0 ? undefined : { loops: outer, row, name: 'for' }
      const env = { ...envIn(checker, module, [...outer, loop], row, 'for'), loop: around }
      const more = choicesOf(env, clause)
      if (more === undefined) fits = false
      else for (const choice of more) longer.push(new Map([...row, ...choice]))
      if (longer.length > maxVariants) {
        report(env, say.tooManyVariants(clause.span, { most: `${maxVariants}` }))
        fits = false
      }
      if (!fits) break
    }
    rows = fits ? longer : undefined
  }
  checker.rows.set(loop, rows ?? 'failed')
  return rows
}

/** The choices for which the condition of a branch is as the branch requires; `undefined` if it has an error, which is reported. */
function rowsOfBranch(
  checker: Checker,
  module: Module,
  outer: readonly Enclosure[],
  { condition, holds }: Branch,
  rows: readonly Row[],
): readonly Row[] | undefined {
  const taken: Row[] = []
  for (const row of rows) {
    const env = envIn(checker, module, outer, row, 'if')
    const value = evaluate(env, condition)
    if (value.type !== 'boolean') {
      if (value.type !== 'unknown') report(env, conditionUnknown(condition.span, { got: inWords(value) }))
      return undefined
    }
    if (value.value === holds) taken.push(row)
  }
  return taken
}

/** The variables that a node of the tree depends on, directly or through other declarations. */
export function dependsOn(
  { dependencies }: Checker,
  module: Module,
  loops: readonly Enclosure[],
  node: object,
): ReadonlySet<string> {
  const known = dependencies.get(node)
  if (known !== undefined) return known
  const found = new Set<string>()
  // Nodes that were reached, each with the number of `loops` that the path there never left: outside of a `for`, its names mean all
  // variants.
  const reached = new Map<object, number>()
  const todo: { node: object; loops: readonly Enclosure[]; inside: number }[] = []
  /** Adds a node, and the conditions of the branches around it, which decide whether there is one. */
  const follow = (of: object, around: readonly Enclosure[], inside: number) => {
    todo.push({ node: of, loops: around, inside })
    for (const [at, each] of around.entries())
      if (each.type === 'branch')
        todo.push({ node: each.condition, loops: around.slice(0, at), inside: Math.min(inside, at) })
  }
  follow(node, loops, loops.length)
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    if ((reached.get(at.node) ?? 0) >= at.inside) continue
    reached.set(at.node, at.inside)
    for (const name of mentions(at.node)) {
      const depth = at.loops.findIndex((loop) => clauseOf(loop, name) !== undefined)
      const entry = module.scope.get(name)
      if (depth !== -1) {
        if (depth < at.inside) found.add(name)
        const around = at.loops.slice(0, depth + 1)
        const { values } = clauseOf(around[depth]!, name)!
        todo.push({ node: values, loops: around, inside: Math.min(at.inside, around.length) })
      } else if (entry?.declaration !== undefined && !entry.imported)
        for (const each of entriesOf(entry))
          follow(each.declaration!, each.loops, Math.min(at.inside, sharedLoops(each.loops, loops).length))
    }
  }
  dependencies.set(node, found)
  return found
}

function clauseOf(loop: Enclosure, name: string): ForClause | undefined {
  return clausesOf(loop).find((clause) => clause.names.some((each) => each.name === name))
}

/** The `for`s that enclose both of two places, from the outermost. */
export function sharedLoops(a: readonly Enclosure[], b: readonly Enclosure[]): readonly Enclosure[] {
  return a.filter((loop, index) => b[index] === loop)
}

const elsewhere = 'Move it out, and give it what changes as a parameter.'
const ways: Readonly<Partial<Record<PlainDeclaration['type'] | 'test', string>>> = {
  test: 'Move it to the margin of the file; it can have a `for` or an `if` inside.',
  use: 'Move it to the top of the file.',
  param: 'Move it out; a value that changes is bound by `let`.',
  filter: elsewhere,
  function: elsewhere,
  op: elsewhere,
  block: elsewhere,
  model: elsewhere,
}

/** Checks the `for`s and `if`s of a module: their variables and conditions, and the declarations in them. */
export function checkLoops(
  env: Env,
  declarations: Module['program']['declarations'],
  outer: readonly Enclosure[] = [],
): void {
  const { module } = env
  for (const declaration of declarations) {
    const enclosures = enclosuresOf(declaration)
    const around = outer.at(-1)
    const isInside =
      around !== undefined || (module.test !== undefined && /^(?:use|param|test)$/.test(declaration.type))
    const way = isInside ? ways[declaration.type as keyof typeof ways] : undefined
    if (way !== undefined) {
      const where = around === undefined ? 'a `test`' : around.type === 'for' ? 'a `for`' : 'an `if`'
      report(env, say.notInAFor(declaration.span, { what: beginningOf(declaration), where, way }))
    }
    for (const enclosure of enclosures) {
      const taken = new Map<string, Env['module']['program']['span']>()
      for (const loop of outer)
        for (const clause of clausesOf(loop)) for (const each of clause.names) taken.set(each.name, each.span)
      for (const clause of clausesOf(enclosure))
        for (const { name, span } of clause.names) {
          const first = taken.get(name) ?? module.scope.get(name)?.at
          if (first !== undefined)
            report(env, names.duplicateName(span, { name }, { related: [{ span: first, label: 'first here' }] }))
          taken.set(name, span)
        }
      rowsOf(env.checker, module, [...outer, enclosure])
      checkLoops(env, enclosure.body, [...outer, enclosure])
    }
  }
}

/** The beginning of a declaration, as the author writes it. */
function beginningOf(declaration: Declaration): string {
  return declaration.type === 'function' ? `let ${declaration.name.name}(…)` : declaration.type
}

/** Variables of `for`s that nothing depends on. */
export function unusedVariables({ checker, module }: Env): Identifier[] {
  const all = placed(module.program.declarations)
  const loops = new Set(all.flatMap((each) => each.loops))
  return [...loops].flatMap((loop) => {
    const inside = all.filter((each) => each.loops.includes(loop))
    const used = new Set(inside.flatMap((each) => [...dependsOn(checker, module, each.loops, each.declaration)]))
    return clausesOf(loop)
      .flatMap((clause) => clause.names)
      .filter(({ name }) => !used.has(name))
  })
}
