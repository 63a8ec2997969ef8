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

/** A type that no longer depends on the state of the checker: see `FactPart.settle`. */
interface Settled {
  readonly type: 'settled'
  readonly fact: TypeFact
}

/** The facts that are recorded while one declaration is evaluated. */
export class FactPart {
  readonly references = new Map<Span, Reference>()
  readonly values = new Map<Expression, Value | Settled>()
  readonly settings = new Map<Span, { readonly schema: SettingSchema; readonly path: string }>()
  readonly names = new Map<Span, Value | Settled>()
  readonly calls = new Map<CallExpression, CallFact>()
  readonly tensors = new Map<Span, Set<string>>()
  #known: Known | undefined

  constructor(known: Known) {
    this.#known = known
  }

  /** Replaces the values by their types, so that the part is right in a later check and does not keep the checker of this one alive. */
  settle(): void {
    const known = this.#known
    if (known === undefined) return
    for (const [expression, value] of this.values) this.values.set(expression, settled(expression.span, value, known))
    for (const [span, value] of this.names) this.names.set(span, settled(span, value, known))
    this.#known = undefined
  }
}

function settled(span: Span, value: Value | Settled, known: Known): Value | Settled {
  return value.type === 'unknown' || value.type === 'settled'
    ? value
    : { type: 'settled', fact: typeOf(span, value, known) }
}

/**
 * Collects facts while a program is checked: a part for each declaration that is evaluated, in the order in which they are done, and a last
 * part for everything else. If two parts have a fact about one place, the later part counts.
 */
export class FactRecorder implements Facts {
  readonly #modules: readonly Module[]
  readonly #known: Known
  readonly #done: FactPart[] = []
  readonly #open: FactPart[]

  constructor(modules: readonly Module[], known: Known) {
    this.#modules = modules
    this.#known = known
    this.#open = [new FactPart(known)]
  }

  /** Begins a part. */
  begin(): void {
    this.#open.push(new FactPart(this.#known))
  }

  /** Ends the part that was begun last. */
  end(): FactPart {
    const part = this.#open.pop()!
    this.#done.push(part)
    return part
  }

  /** Takes the place of the part that was begun last: a part of an earlier check. */
  endWith(part: FactPart): void {
    this.#open.pop()
    this.#done.push(part)
  }

  get #now(): FactPart {
    return this.#open.at(-1)!
  }

  /** The facts of one sort in all parts. */
  #all<Key, Fact>(sort: (part: FactPart) => ReadonlyMap<Key, Fact>): Map<Key, Fact> {
    const found = new Map<Key, Fact>()
    for (const part of [...this.#done, ...this.#open]) for (const [key, fact] of sort(part)) found.set(key, fact)
    return found
  }

  /** Records a use of an entry of a module. */
  reference(span: Span, name: string, entry: ModuleEntry): void {
    const definition = declaredAt(entry)
    if (definition !== undefined) this.#now.references.set(span, { span, name, definition })
  }

  /** Records a use of a parameter, or of a variable of a `for`. */
  referenceToLocal(span: Span, name: string, definition: Span | undefined): void {
    if (definition !== undefined) this.#now.references.set(span, { span, name, definition })
  }

  value(expression: Expression, value: Value): void {
    this.#now.values.set(expression, value)
  }

  /** Records the value that a declaration gives to a name. */
  bound(name: Span, value: Value): void {
    this.#now.names.set(name, value)
  }

  setting(span: Span, schema: SettingSchema, path: string): void {
    this.#now.settings.set(span, { schema, path })
  }

  call<V>(call: CallExpression, { name, formals }: Callee, { named, rest }: Matched<V>, restName?: string): void {
    this.#now.calls.set(call, {
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
    for (const [span, shapes] of found) addShapes(this.#now.tensors, span, shapes)
  }

  get tensors(): readonly TensorFact[] {
    const found = new Map<Span, Set<string>>()
    for (const { tensors } of [...this.#done, ...this.#open])
      for (const [span, shapes] of tensors) addShapes(found, span, shapes)
    return this.#inFiles([...found].map(([span, shapes]) => ({ span, shapes: [...shapes] })))
  }

  /** The types of the names that the files declare, which is quicker than all types. */
  get bindings(): readonly TypeFact[] {
    const known = [...this.#all(({ names }) => names)].filter(([, value]) => value.type !== 'unknown')
    return known.map(([span, value]) => typeOf(span, value, this.#known))
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
    return this.#inFiles([...imports, ...this.#all(({ references }) => references).values()])
  }

  get types(): readonly TypeFact[] {
    const found = new Map<Span, TypeFact>()
    for (const [span, value] of this.#all(({ names }) => names))
      if (value.type !== 'unknown') found.set(span, typeOf(span, value, this.#known))
    for (const [{ span }, value] of this.#all(({ values }) => values))
      if (value.type !== 'unknown') found.set(span, typeOf(span, value, this.#known))
    for (const [span, { schema, path }] of this.#all(({ settings }) => settings)) {
      const known = found.get(span)
      found.set(span, { ...(known ?? { span, type: expectedInWords(schema) }), setting: path })
    }
    return this.#inFiles([...found.values()])
  }

  get calls(): readonly CallFact[] {
    return this.#inFiles([...this.#all(({ calls }) => calls).values()])
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

function typeOf(span: Span, value: Value | Settled, { calls, models }: Known): TypeFact {
  if (value.type === 'settled') return value.fact
  const json = toJson(value)
  const model = value.type === 'model' ? models.get(value.digest) : undefined
  const metrics = value.type === 'artefact' ? metricsOf(calls, value.ref) : undefined
  return {
    span,
    type: inWords(value),
    ...(json === undefined ? {} : { value: json }),
    ...(model === undefined ? {} : { model }),
    ...(metrics === undefined ? {} : { metrics }),
  }
}

function addShapes(to: Map<Span, Set<string>>, span: Span, shapes: ReadonlySet<string>): void {
  const known = to.get(span) ?? new Set()
  for (const shape of shapes) known.add(shape)
  to.set(span, known)
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
