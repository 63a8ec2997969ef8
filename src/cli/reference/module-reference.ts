/** The reference of a module: what a program can import from it, with signatures, defaults and the texts of its `///` comments. */

import type { Parameter } from '../../../grammar/syntax.ts'
import { areExclusive, type NamedDeclaration, namesOf, placed } from '../../language/1-resolve/module.ts'

/** A declaration of a module, for `--json`. */
export interface DocumentedDeclaration {
  readonly name: string
  /** The keyword that declares it: `op`, `filter`, `param`. */
  readonly keyword: string
  /** How it is declared or called: `tidy(docs, min = 5)`. */
  readonly signature: string
  readonly parameters: readonly DocumentedParameter[]
  /** The value of a `param` or a `let`, as it is written. */
  readonly value?: string
  readonly doc?: string
  /** The line of the declaration, counted from 1. */
  readonly line: number
}

interface DocumentedParameter {
  readonly name: string
  /** As it is written; absent if the parameter is required. */
  readonly default?: string
  /** The type that it states: `count`. */
  readonly type?: string
  /** The shape of a tensor: `[batch, time, dim]`. */
  readonly shape?: string
}

export interface DocumentedModule {
  /** How a program imports it: `std.clean`, `./recipes.llmpipe`. */
  readonly module: string
  readonly doc?: string
  readonly declarations: readonly DocumentedDeclaration[]
}

/** The text of a module with the syntax tree of it. */
export interface ModuleText {
  readonly text: string
  readonly program: { readonly doc?: string; readonly declarations: Parameters<typeof placed>[0] }
}

/** The declarations of a module that others can import, in their order. A name that both branches of an `if` declare occurs once. */
export function documented(module: string, { text, program }: ModuleText): DocumentedModule {
  const seen = new Map<string, (typeof all)[number]>()
  const all = placed(program.declarations).flatMap((each) =>
    each.declaration.type === 'use' || each.declaration.type === 'expect' || each.declaration.type === 'export'
      ? []
      : namesOf(each.declaration).map(({ name, span }) => ({
          ...each,
          declaration: each.declaration as NamedDeclaration,
          name,
          span,
        })),
  )
  const declarations = all.flatMap((each): DocumentedDeclaration[] => {
    const first = seen.get(each.name)
    if (each.name === '' || (first !== undefined && areExclusive(first.loops, each.loops))) return []
    seen.set(each.name, each)
    return [describedBy(each.declaration, each.name, each.span.start, text)]
  })
  return { module, ...(program.doc === undefined ? {} : { doc: program.doc }), declarations }
}

function describedBy(declaration: NamedDeclaration, name: string, start: number, text: string): DocumentedDeclaration {
  const source = ({ start: from, end }: { readonly start: number; readonly end: number }) =>
    text.slice(from, end).replace(/\s+/g, ' ')
  const parameters = 'parameters' in declaration ? declaration.parameters.map((each) => described(each, source)) : []
  const isValue = declaration.type === 'param' || declaration.type === 'let'
  const value = isValue || declaration.type === 'binding' ? source(declaration.value.span) : undefined
  const signature =
    'parameters' in declaration
      ? `${name}(${declaration.parameters.map(({ span }) => source(span)).join(', ')})`
      : isValue
        ? `${name} = ${value}`
        : name
  return {
    name,
    keyword:
      declaration.type === 'binding' ? declaration.keyword : declaration.type === 'function' ? 'let' : declaration.type,
    signature,
    parameters,
    ...(value === undefined ? {} : { value }),
    ...(declaration.doc === undefined ? {} : { doc: declaration.doc }),
    line: text.slice(0, start).split('\n').length,
  }
}

function described(parameter: Parameter, source: (span: Parameter['span']) => string): DocumentedParameter {
  const { name, shape, of } = parameter
  return {
    name: name.name,
    ...(parameter.default === undefined ? {} : { default: source(parameter.default.span) }),
    ...(of === undefined ? {} : { type: source(of.span) }),
    ...(shape === undefined ? {} : { shape: `[${shape.map(({ span }) => source(span)).join(', ')}]` }),
  }
}

/** The headings of a page, and the declarations below each. */
const groups = [
  ['Params', ['param']],
  ['Values', ['let']],
  ['Filters', ['filter']],
  ['Operations', ['op']],
  ['Architectures', ['model']],
  ['Blocks', ['block']],
  ['Data, tokenizers and stages', ['data', 'tokenizer', 'model of data', 'stage']],
] as const

/** The reference of a module as Markdown. */
export function modulePage({ module, doc, declarations }: DocumentedModule): string {
  const first = declarations[0]?.name ?? '…'
  const source = module.startsWith('std.') ? module : `"${module}"`
  const parts = [`# ${module}`, doc, `\`\`\`\nuse ${source} { ${first} }\n\`\`\``]
  for (const [title, keywords] of groups) {
    const members = declarations.filter((each) => (keywords as readonly string[]).includes(groupOf(each)))
    if (members.length === 0) continue
    parts.push(`## ${title}`, ...members.flatMap(section))
  }
  if (declarations.length === 0) parts.push('It declares nothing that a program could import.')
  return `${parts.filter((part) => part !== undefined && part !== '').join('\n\n')}\n`
}

/** `model gpt = llama(…)` binds a model, `model llama(…) { … }` declares an architecture. */
function groupOf({ keyword, value }: DocumentedDeclaration): string {
  return keyword === 'model' && value !== undefined ? 'model of data' : keyword
}

function section({ name, keyword, signature, parameters, value, doc }: DocumentedDeclaration): string[] {
  const isBound = value !== undefined && keyword !== 'param' && keyword !== 'let'
  const rows = parameters.map(({ name: of, default: usual, type, shape }) => {
    const notes = [type, shape, usual === undefined ? 'required' : `default \`${usual}\``].filter(
      (each) => each !== undefined,
    )
    return `- \`${of}\`: ${notes.join(', ')}`
  })
  return [
    `### ${name}`,
    `\`\`\`\n${keyword} ${isBound ? `${name} = ${shortened(value)}` : signature}\n\`\`\``,
    doc ?? '',
    rows.join('\n'),
  ].filter((part) => part !== '')
}

function shortened(value: string): string {
  return value.length > 100 ? `${value.slice(0, 99)}…` : value
}

/** The headline of a module in a list: the first sentence of its documentation. */
export function headline({ doc = '' }: Pick<DocumentedModule, 'doc'>): string {
  const text = doc.replace(/\s+/g, ' ')
  return /^.*?[.:](?=\s|$)/.exec(text)?.[0] ?? text
}
