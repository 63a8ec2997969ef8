/**
 * Facts about a program by span, for editors: where names are declared, where they are used, the types of expressions, and the calls
 * with their arguments. A program with errors has the facts of its other parts. The checker records as it goes, in maps by the nodes and
 * spans of the tree, which costs little; the lists are made when somebody asks for them.
 *
 * Not recorded: the bodies of operations that nothing calls, and the bodies of blocks and architectures but for the shapes of their tensors.
 */

import type { Span } from '../../grammar/span.ts'
import type { CallExpression, Declaration, Expression } from '../../grammar/syntax.ts'
import type { SettingSchema } from '../core/kind/setting.ts'
import type { Json } from '../core/values/json.ts'
import type { ModelSpec } from '../model/spec.ts'
import { enclosuresOf, type Module, type ModuleEntry, namesOf, placed, whatIs } from './1-resolve/module.ts'
import { metricsOf } from './2-check/results/metrics.ts'
import { expectedInWords, inWords, toJson, type Value } from './2-check/values/values.ts'
import type { Callee, Matched } from './arguments.ts'
import type { CheckedCall } from './program.ts'

export interface Facts {
  readonly definitions: readonly Definition[]
  readonly references: readonly Reference[]
  readonly types: readonly TypeFact[]
  /** The types of the names that declarations bind. */
  readonly bindings: readonly TypeFact[]
  readonly calls: readonly CallFact[]
  readonly tensors: readonly TensorFact[]
}

/** A name that a declaration, a parameter or a `for` binds. */
export interface Definition {
  /** The span of the name. */
  readonly span: Span
  readonly name: string
  /** `a stage`, `an operation`, `a parameter of an operation`. */
  readonly sort: string
  /** The `///` comment above the declaration. */
  readonly doc?: string
}

/** A name that is used. */
export interface Reference {
  readonly span: Span
  readonly name: string
  /** The span of the name where it is declared; for a custom stage, the span of its import. */
  readonly definition: Span
}

export interface TypeFact {
  readonly span: Span
  /** In words, as in messages: `a count`, `documents (Docs)`. */
  readonly type: string
  /** The value, if it is known when the program is compiled. */
  readonly value?: Json
  /** The path of the setting that takes the expression: `optimizer.lr`. */
  readonly setting?: string
  /** The tensor graph and the arguments, if the value is a model. */
  readonly model?: ModelSpec
  /** The metrics that the value will have, if it is an artefact whose stage kind knows them; `name[]` for one of several artefacts. */
  readonly metrics?: readonly string[]
}

export interface CallFact {
  /** The whole call. */
  readonly span: Span
  /** The span of the callee's name. */
  readonly at: Span
  readonly callee: string
  /** The names of all parameters, in their order. */
  readonly parameters: readonly string[]
  /** The arguments that match a parameter. */
  readonly arguments: readonly { readonly span: Span; readonly parameter: string }[]
}

/** A name in the body of a block or an architecture. */
export interface TensorFact {
  readonly span: Span
  /** The shapes of its tensors, as in `[batch, time, 64]`: several, if the body runs with several. */
  readonly shapes: readonly string[]
}

/** The parts of the checker's state that facts refer to. */
interface Known {
  readonly calls: readonly CheckedCall[]
  readonly models: ReadonlyMap<string, ModelSpec>
}

/** Collects facts while a program is checked. */
export class FactRecorder implements Facts {
  readonly #modules: readonly Module[]
  readonly #known: Known
  readonly #references = new Map<Span, Reference>()
  readonly #values = new Map<Expression, Value>()
  readonly #settings = new Map<Span, { readonly schema: SettingSchema; readonly path: string }>()
  readonly #names = new Map<Span, Value>()
  readonly #calls = new Map<CallExpression, CallFact>()
  readonly #tensors = new Map<Span, Set<string>>()

  constructor(modules: readonly Module[], known: Known) {
    this.#modules = modules
    this.#known = known
  }

  /** Records a use of an entry of a module. */
  reference(span: Span, name: string, entry: ModuleEntry): void {
    const definition = declaredAt(entry)
    if (definition !== undefined) this.#references.set(span, { span, name, definition })
  }

  /** Records a use of a parameter, or of a variable of a `for`. */
  referenceToLocal(span: Span, name: string, definition: Span | undefined): void {
    if (definition !== undefined) this.#references.set(span, { span, name, definition })
  }

  value(expression: Expression, value: Value): void {
    this.#values.set(expression, value)
  }

  /** Records the value that a declaration gives to a name. */
  bound(name: Span, value: Value): void {
    this.#names.set(name, value)
  }

  setting(span: Span, schema: SettingSchema, path: string): void {
    this.#settings.set(span, { schema, path })
  }

  call<V>(call: CallExpression, { name, formals }: Callee, { named, rest }: Matched<V>, restName?: string): void {
    this.#calls.set(call, {
      span: call.span,
      at: call.callee.span,
      callee: name,
      parameters: formals.map((formal) => formal.name),
      arguments: [
        ...[...named].map(([parameter, { span }]) => ({ span, parameter })),
        ...rest.map(({ span }) => ({ span, parameter: restName ?? '' })),
      ],
    })
  }

  /** Records the shapes of tensors in bodies, by the spans of their names. */
  shapes(found: ReadonlyMap<Span, ReadonlySet<string>>): void {
    for (const [span, shapes] of found) {
      const known = this.#tensors.get(span) ?? new Set()
      for (const shape of shapes) known.add(shape)
      this.#tensors.set(span, known)
    }
  }

  get tensors(): readonly TensorFact[] {
    return this.#inFiles([...this.#tensors].map(([span, shapes]) => ({ span, shapes: [...shapes] })))
  }

  /** The types of the names that the files declare, which is quicker than all types. */
  get bindings(): readonly TypeFact[] {
    const known = [...this.#names].filter(([, value]) => value.type !== 'unknown')
    return known.map(([span, value]) => this.#typeOf(span, value))
  }

  get definitions(): readonly Definition[] {
    return this.#modules.flatMap(({ program }) => program.declarations.flatMap(definitionsIn))
  }

  get references(): readonly Reference[] {
    const imports = this.#modules.flatMap(({ scope }) =>
      [...scope.values()].flatMap((entry): Reference[] => {
        const definition = entry.imported ? declaredAt(entry) : undefined
        return definition === undefined ? [] : [{ span: entry.at, name: entry.name, definition }]
      }),
    )
    return this.#inFiles([...imports, ...this.#references.values()])
  }

  get types(): readonly TypeFact[] {
    const found = new Map<Span, TypeFact>()
    for (const [span, value] of this.#names) if (value.type !== 'unknown') found.set(span, this.#typeOf(span, value))
    for (const [{ span }, value] of this.#values)
      if (value.type !== 'unknown') found.set(span, this.#typeOf(span, value))
    for (const [span, { schema, path }] of this.#settings) {
      const known = found.get(span)
      found.set(span, { ...(known ?? { span, type: expectedInWords(schema) }), setting: path })
    }
    return this.#inFiles([...found.values()])
  }

  get calls(): readonly CallFact[] {
    return this.#inFiles([...this.#calls.values()])
  }

  #typeOf(span: Span, value: Value): TypeFact {
    const json = toJson(value)
    const model = value.type === 'model' ? this.#known.models.get(value.digest) : undefined
    const metrics = value.type === 'artefact' ? metricsOf(this.#known.calls, value.ref) : undefined
    return {
      span,
      type: inWords(value),
      ...(json === undefined ? {} : { value: json }),
      ...(model === undefined ? {} : { model }),
      ...(metrics === undefined ? {} : { metrics }),
    }
  }

  /** The facts about files of the program, in the order of their text; values of `-p` are not in a file. */
  #inFiles<F extends { readonly span: Span }>(facts: readonly F[]): F[] {
    const order = new Map(this.#modules.map(({ file }, index) => [file, index]))
    const fileOf = ({ span }: F) => order.get(span.file) ?? 0
    return facts
      .filter(({ span }) => order.has(span.file))
      .sort((a, b) => fileOf(a) - fileOf(b) || a.span.start - b.span.start || b.span.end - a.span.end)
  }
}

/** The innermost fact whose span contains an offset; `undefined` if there is none. */
export function factAt<F extends { readonly span: Span }>(
  facts: readonly F[],
  file: string,
  offset: number,
): F | undefined {
  let found: F | undefined
  for (const fact of facts) {
    const { span } = fact
    if (span.file !== file || offset < span.start || offset > span.end) continue
    if (found === undefined || span.end - span.start <= found.span.end - found.span.start) found = fact
  }
  return found
}

/** The span of a name in the file that declares it; `undefined` if its import failed. */
function declaredAt({ declaration, custom, original, at }: ModuleEntry): Span | undefined {
  if (custom !== undefined) return at
  return declaration && namesOf(declaration).find(({ name }) => name === original)?.span
}

function definitionsIn(declaration: Declaration): Definition[] {
  if (declaration.type === 'for') {
    const variables = declaration.clauses.flatMap(({ names }) =>
      names.map(({ name, span }) => ({ name, span, sort: 'a variable of a `for`' })),
    )
    return [...variables, ...declaration.body.flatMap(definitionsIn)]
  }
  if (declaration.type === 'if') return enclosuresOf(declaration).flatMap(({ body }) => body.flatMap(definitionsIn))
  if (declaration.type === 'test') return declaration.body.flatMap(definitionsIn)
  const [plain] = placed([declaration])
  if (
    plain === undefined ||
    declaration.type === 'use' ||
    declaration.type === 'expect' ||
    declaration.type === 'export'
  )
    return []
  const { doc } = declaration
  const sort = whatIs(declaration)
  const names = namesOf(plain.declaration).map(({ name, span }) => ({
    name,
    span,
    sort,
    ...(doc === undefined ? {} : { doc }),
  }))
  const parameters = 'parameters' in declaration ? declaration.parameters : []
  return [...names, ...parameters.map(({ name: { name, span } }) => ({ name, span, sort: `a parameter of ${sort}` }))]
}
