/** The values of declarations, worked out when first wanted, whatever their order in the file. */

import type { Span } from '../../../grammar/span.ts'
import type { BindingDeclaration } from '../../../grammar/syntax.ts'
import type { ArtefactKind } from '../../core/artefact.ts'
import type { Entry, NamedDeclaration } from '../1-resolve/module.ts'
import * as artefacts from '../messages/artefacts.generated.ts'
import { notAnArchitecture } from '../messages/models.generated.ts'
import * as names from '../messages/names.generated.ts'
import { type Env, report } from './env.ts'
import { evaluate, evaluateBound } from './evaluate.ts'
import { inWords, unknown, type Value } from './values.ts'

type Valued = Extract<NamedDeclaration, { type: 'param' | 'let' | 'binding' }>

/** The value that an entry's name stands for. */
export function valuesOf(env: Env, entry: Entry, at: Span): Value {
  const declaration = entry.declaration as Valued
  const values = valuesOfDeclaration(env, entry, declaration, at)
  if (declaration.type !== 'binding') return values[0] ?? unknown
  return values[declaration.names.findIndex((name) => name.name === entry.original)] ?? unknown
}

function valuesOfDeclaration(env: Env, entry: Entry, declaration: Valued, at: Span): readonly Value[] {
  const { checker } = env
  const known = checker.values.get(declaration)
  if (known !== undefined) return known
  const from = checker.open.findIndex((each) => each.declaration === declaration)
  if (from !== -1) {
    const circle = checker.open.slice(from)
    const chain = [...circle.map((each) => each.name), entry.name].map((name) => `\`${name}\``).join(' → ')
    const related = circle.map((each) => ({ span: each.span, label: `\`${each.name}\` is declared here` }))
    report(env, names.cyclicDefinition(at, { name: entry.name, chain }, { related }))
    return [unknown]
  }
  const home: Env = { checker, module: entry.home, locals: new Map(), within: withinOf(declaration), through: [] }
  const nameSpan = declaration.type === 'binding' ? declaration.names[0]?.span : declaration.name.span
  checker.open.push({ declaration, name: withinOf(declaration), span: nameSpan ?? declaration.span })
  const values = work(home, declaration)
  checker.open.pop()
  checker.values.set(declaration, values)
  return values
}

function work(home: Env, declaration: Valued): readonly Value[] {
  switch (declaration.type) {
    case 'param': {
      const given = home.module === home.checker.entry ? home.checker.given.get(declaration.name.name) : undefined
      const value = given ?? evaluate(home, declaration.value)
      return [plain(home, 'param', declaration.name.name, value, declaration.value.span)]
    }
    case 'let': {
      const value = evaluate(home, declaration.value)
      return [plain(home, 'let', declaration.name.name, value, declaration.value.span)]
    }
    case 'binding':
      return bind(home, declaration)
  }
}

/** Works out a binding on its own account: where nothing else reads it, it still is to be made. */
export function bindAll(env: Env, entry: Entry): void {
  if (entry.declaration?.type === 'binding' || entry.declaration?.type === 'let' || entry.declaration?.type === 'param')
    valuesOfDeclaration(env, entry, entry.declaration, entry.at)
}

function withinOf(declaration: Valued): string {
  return declaration.type === 'binding' ? declaration.names.map((name) => name.name).join(',') : declaration.name.name
}

/** `let` and `param` bind values and groups of values, no artefacts. */
function plain(env: Env, keyword: string, name: string, value: Value, span: Span): Value {
  if (value.type !== 'artefact' && value.type !== 'model') return value
  const way = `Write \`${keywordFor(value.artefact.kind)} ${name} = …\`.`
  report(env, artefacts.wrongKeyword(span, { name, keyword, got: inWords(value), way }))
  return unknown
}

function bind(env: Env, declaration: BindingDeclaration): readonly Value[] {
  const written = declaration.names.map((name) => name.name)
  const values = evaluateBound(env, declaration.value, written)
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
    if (declaration.keyword === 'model') {
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
    report(env, artefacts.wrongKeyword(at, { name, keyword, got: inWords(value), way }, { related, label }))
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
      return 'stage'
    default:
      return 'data'
  }
}
