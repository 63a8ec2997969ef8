/**
 * Finds what every name of a module refers to, from its syntax tree. The facts of the compiler lack branches that are not chosen, operations that
 * nothing calls, and parts of programs with errors; a test compares the rest.
 */

import type { Span } from '../../../grammar/span.ts'
import type {
  CallExpression,
  Declaration,
  ExportDeclaration,
  Expression,
  ForDeclaration,
  Parameter,
  Program,
  Statement,
  UseDeclaration,
} from '../../../grammar/syntax.ts'
import type { Catalogue } from '../../core/kind/kind.ts'
import { mixName, mixSettings } from '../../core/kind/mixture.ts'
import { numberFunctions } from '../../core/values/number-functions.ts'
import { isCode } from '../../language/1-resolve/custom.ts'
import { clausesOf } from '../../language/1-resolve/module.ts'
import { inits, primitives } from '../../language/3-elaborate/primitives.ts'
import { schemaOf } from '../../language/parameter-types.ts'
import { ownPlaces, type Places, placesOfGroup, placesOfKind } from './argument-places.ts'
import { declarationsIn } from './declared.ts'
import { allArguments, callable, declarationOf, groupIn, lookUp, type Meaning, type Scope } from './scope.ts'
import type { ModuleNames, NameSymbol, Occurrence, SymbolSort, Word } from './symbol.ts'

export interface NameContext {
  readonly catalogue: Catalogue
  /** The names that the module of an import declares; `undefined` if there is no such module. */
  declaredBy(declaration: UseDeclaration): ReadonlyMap<string, NameSymbol> | undefined
}

/** Finds the names of a module. */
export function namesIn(file: string, program: Program, context: NameContext): ModuleNames {
  const walk = new Walk(program, context)
  walk.module()
  const byPlace = (a: { readonly span: Span }, b: { readonly span: Span }) => a.span.start - b.span.start
  return {
    file,
    declared: walk.declared,
    scope: walk.scope,
    symbols: walk.symbols.sort(byPlace),
    occurrences: walk.occurrences.sort(byPlace),
    words: walk.words.sort(byPlace),
  }
}

class Walk {
  readonly declared = new Map<string, NameSymbol>()
  readonly scope = new Map<string, NameSymbol>()
  readonly symbols: NameSymbol[] = []
  readonly occurrences: Occurrence[] = []
  readonly words: Word[] = []
  readonly #program: Program
  readonly #context: NameContext

  constructor(program: Program, context: NameContext) {
    this.#program = program
    this.#context = context
  }

  module(): void {
    for (const declaration of this.#program.declarations) if (declaration.type === 'use') this.#use(declaration)
    for (const symbol of declarationsIn(this.#program)) {
      this.#define(symbol)
      if (!this.declared.has(symbol.name)) this.declared.set(symbol.name, symbol)
      if (!this.scope.has(symbol.name)) this.scope.set(symbol.name, symbol)
    }
    const scope: Scope = { own: this.scope }
    for (const declaration of this.#program.declarations) this.#declaration(declaration, scope)
  }

  #define(symbol: NameSymbol): void {
    this.symbols.push(symbol)
    this.occurrences.push({ span: symbol.span, symbol, role: 'definition' })
  }

  #bind(scope: Scope, name: { readonly name: string; readonly span: Span }, sort: SymbolSort, reach: Span): NameSymbol {
    const symbol: NameSymbol = { name: name.name, sort, span: name.span, reach }
    if (name.name !== '') this.#define(symbol)
    scope.own.set(name.name, symbol)
    return symbol
  }

  #use(declaration: UseDeclaration): void {
    const module = isCode(declaration) ? undefined : this.#context.declaredBy(declaration)
    const reach = this.#program.span
    for (const { name, alias } of declaration.names) {
      if (name.name === '') continue
      const original = module?.get(name.name)
      if (original !== undefined) this.occurrences.push({ span: name.span, symbol: original, role: 'import' })
      if (alias === undefined && original !== undefined) {
        if (!this.scope.has(name.name)) this.scope.set(name.name, original)
        continue
      }
      // An alias, a custom stage, or a name that the module does not declare: the import is where it is bound.
      const sort = original?.sort ?? (isCode(declaration) ? 'custom' : 'lost')
      const { name: local, span } = alias ?? name
      const symbol: NameSymbol = {
        name: local,
        sort,
        span,
        reach,
        ...(original === undefined ? {} : { ...declarationOf(original), original }),
      }
      this.#define(symbol)
      if (!this.scope.has(local)) this.scope.set(local, symbol)
    }
  }

  #declaration(declaration: Declaration, scope: Scope): void {
    switch (declaration.type) {
      case 'use':
        return
      case 'param':
      case 'let':
      case 'binding':
        this.#expression(declaration.value, scope)
        return
      case 'expect':
        this.#expression(declaration.test, scope)
        return
      case 'export':
        this.#expression(declaration.value, scope)
        this.#expression(declaration.to, scope)
        this.#exportOptions(declaration, scope)
        return
      case 'filter': {
        const inside = this.#parameters(declaration.parameters, declaration.span, scope)
        for (const rule of declaration.rules) this.#expression(rule, { ...inside, words: 'metrics' })
        return
      }
      case 'op':
      case 'function':
        this.#expression(declaration.value, this.#parameters(declaration.parameters, declaration.span, scope))
        return
      case 'block':
      case 'model': {
        const inside = this.#parameters(declaration.parameters, declaration.span, undefined)
        for (const statement of declaration.body) this.#statement(statement, inside, declaration.span)
        return
      }
      case 'for':
        this.#for(declaration, scope)
        return
      case 'test': {
        const inside: Scope = { own: new Map(), outer: scope }
        for (const symbol of declarationsIn({ ...this.#program, declarations: declaration.body })) {
          this.#define({ ...symbol, reach: declaration.span })
          inside.own.set(symbol.name, { ...symbol, reach: declaration.span })
        }
        for (const each of declaration.body) this.#declaration(each, inside)
        return
      }
      case 'if':
        for (const { condition, holds, body } of declaration.branches) {
          if (holds) this.#expression(condition, scope)
          for (const each of body) this.#declaration(each, scope)
        }
        return
    }
  }

  /** The settings in the parentheses of a layout. */
  #exportOptions({ as, options = [] }: ExportDeclaration, scope: Scope): void {
    const kind = this.#context.catalogue.kinds.export
    const places = kind && placesOfKind(kind)
    for (const { name, value } of options) {
      const schema = name && places?.named(name.name)?.schema
      if (name && schema)
        this.words.push({ sort: 'setting', name: name.name, span: name.span, of: as?.name ?? 'export', schema })
      this.#expression(value, scope, schema)
    }
  }

  #for({ clauses, body, span }: ForDeclaration, scope: Scope): void {
    const inside: Scope = { own: new Map(), outer: scope }
    for (const { names, values } of clauses) {
      this.#expression(values, scope)
      for (const name of names) this.#bind(inside, name, 'variable', span)
    }
    for (const declaration of body) this.#declaration(declaration, inside)
  }

  #parameters(parameters: readonly Parameter[], reach: Span, outer: Scope | undefined): Scope {
    const scope: Scope = { own: new Map(), ...(outer === undefined ? { words: 'body' as const } : { outer }) }
    for (const parameter of parameters) {
      const { of, default: usual } = parameter
      if (usual !== undefined) this.#expression(usual, scope, of && schemaOf(of))
      if (of?.type === 'type name') this.words.push({ sort: 'type', name: of.name, span: of.span })
      const symbol: NameSymbol = {
        name: parameter.name.name,
        sort: 'parameter',
        span: parameter.name.span,
        reach,
        parameter,
      }
      this.#define(symbol)
      scope.own.set(symbol.name, symbol)
      for (const size of parameter.shape ?? []) {
        // A new name in a shape stands for the size that an argument has there.
        if (size.type === 'name' && !scope.own.has(size.name)) this.#bind(scope, size, 'local', reach)
        else this.#expression(size, scope)
      }
    }
    return scope
  }

  #statement(statement: Statement, scope: Scope, reach: Span): void {
    switch (statement.type) {
      case 'assign': {
        this.#expression(statement.value, scope)
        for (const name of statement.names) {
          const known = scope.own.get(name.name)
          if (known === undefined) this.#bind(scope, name, 'local', { ...reach, start: statement.span.start })
          else this.occurrences.push({ span: name.span, symbol: known, role: 'use' })
        }
        return
      }
      case 'repeat':
        this.#expression(statement.count, scope)
        if (statement.index) this.#bind(scope, statement.index, 'variable', statement.span)
        for (const each of statement.body) this.#statement(each, scope, reach)
        return
      case 'result':
        this.#expression(statement.value, scope)
        return
    }
  }

  #expression(expression: Expression, scope: Scope, meaning?: Meaning): void {
    switch (expression.type) {
      case 'number':
      case 'boolean':
      case 'missing':
        return
      case 'string':
        // The holes of a template name fields of documents.
        if (meaning?.template || expression.raw) return
        for (const part of expression.parts) if (part.type === 'hole') this.#expression(part.value, scope)
        return
      case 'list':
        for (const item of expression.items) this.#expression(item, scope, meaning?.items ?? meaning)
        return
      case 'range':
        this.#expression(expression.from, scope)
        this.#expression(expression.to, scope)
        return
      case 'name':
        this.#name(expression.name, expression.span, scope, meaning)
        return
      case 'member':
        this.#expression(expression.object, scope)
        return
      case 'index':
        this.#expression(expression.object, scope)
        this.#expression(expression.index, scope)
        return
      case 'select':
        this.#select(expression, scope)
        return
      case 'call':
        this.#call(expression, scope, meaning, false)
        return
      case 'pipe': {
        // Chains of pipes can be thousands long, so they are not walked recursively.
        const calls: CallExpression[] = []
        let left: Expression = expression
        for (; left.type === 'pipe'; left = left.left) calls.push(left.right)
        this.#expression(left, scope)
        for (const call of calls.reverse()) this.#call(call, scope, undefined, true)
        return
      }
      case 'binary': {
        const rights: Expression[] = []
        let left: Expression = expression
        for (; left.type === 'binary'; left = left.left) rights.push(left.right)
        this.#expression(left, scope, meaning)
        for (const right of rights.reverse()) this.#expression(right, scope, meaning)
        return
      }
      case 'unary':
        this.#expression(expression.operand, scope, meaning)
        return
      case 'if':
        this.#expression(expression.condition, scope)
        this.#expression(expression.then, scope, meaning)
        this.#expression(expression.otherwise, scope, meaning)
        return
    }
  }

  #name(name: string, span: Span, scope: Scope, meaning: Meaning): void {
    if (meaning?.enum?.includes(name)) {
      this.words.push({ sort: 'choice', name, span, schema: meaning })
      return
    }
    const group = groupIn(meaning, name)
    if (group !== undefined) {
      this.words.push({ sort: 'group', name, span, schema: group })
      return
    }
    const inCondition = scope.words === 'metrics' || meaning?.expression !== undefined
    const metrics = this.#context.catalogue.metrics
    if (inCondition && (Object.hasOwn(metrics, name) || Object.hasOwn(meaning?.metrics ?? {}, name))) {
      this.words.push({ sort: 'metric', name, span })
      return
    }
    const symbol = lookUp(scope, name)
    if (symbol !== undefined) this.occurrences.push({ span, symbol, role: 'use' })
  }

  /** `base[lr=3e-4]`: the names in the brackets are variables of the `for`s around `base`. */
  #select({ object, entries }: Extract<Expression, { type: 'select' }>, scope: Scope): void {
    this.#expression(object, scope)
    const loops = object.type === 'name' ? (lookUp(scope, object.name)?.loops ?? []) : []
    for (const { name, value } of entries) {
      for (const loop of loops)
        for (const bound of clausesOf(loop).flatMap(({ names }) => names))
          if (bound.name === name.name) {
            const symbol: NameSymbol = { name: name.name, sort: 'variable', span: bound.span, reach: loop.span }
            this.occurrences.push({ span: name.span, symbol, role: 'use' })
          }
      this.#expression(value, scope)
    }
  }

  #call(call: CallExpression, scope: Scope, meaning: Meaning, piped: boolean): void {
    const { name, span } = call.callee
    const group = groupIn(meaning, name)
    const symbol = this.scope.get(name)
    const isCallable = symbol !== undefined && callable.has(symbol.sort)
    const { kinds } = this.#context.catalogue
    if (name === mixName && !isCallable) {
      this.words.push({ sort: 'group', name, span, schema: mixSettings })
      this.#mixture(call, scope)
      return
    }
    if (group !== undefined) {
      this.words.push({ sort: 'group', name, span, schema: group })
      this.#arguments(call, scope, placesOfGroup(group), piped)
      return
    }
    if (isCallable) {
      this.occurrences.push({ span, symbol, role: 'use' })
      this.#ownArguments(call, scope, symbol, piped)
      return
    }
    if (scope.words === 'body') {
      const isKnown = [primitives, numberFunctions, inits].some((table) => Object.hasOwn(table, name))
      if (isKnown) this.words.push({ sort: 'primitive', name, span })
      this.#arguments(call, scope, undefined, piped)
      return
    }
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
    if (kind !== undefined) this.words.push({ sort: 'kind', name, span })
    else if (Object.hasOwn(numberFunctions, name)) this.words.push({ sort: 'primitive', name, span })
    this.#arguments(call, scope, kind && placesOfKind(kind), piped)
  }

  /** The arguments of something that the program declares: their names are those of its parameters. */
  #ownArguments(call: CallExpression, scope: Scope, callee: NameSymbol, piped: boolean): void {
    const { declaration } = callee.original ?? callee
    for (const { argument, parameter } of ownPlaces(call, declaration, piped)) {
      const { name, value } = argument
      if (name && parameter) {
        const { span } = parameter.name
        const symbol: NameSymbol = { name: name.name, sort: 'parameter', span, reach: declaration!.span, parameter }
        this.occurrences.push({ span: name.span, symbol, role: 'argument' })
      }
      this.#expression(value, scope, parameter?.of && schemaOf(parameter.of))
    }
  }

  /** The arguments of a mixture, whose names are those of its sources or of its settings. */
  #mixture(call: CallExpression, scope: Scope): void {
    this.#arguments(call, scope, placesOfGroup(mixSettings), false)
    for (const { name } of allArguments(call)) {
      const isSetting = name === undefined || Object.hasOwn(mixSettings.properties, name.name)
      const symbol = isSetting ? undefined : lookUp(scope, name.name)
      if (name !== undefined && symbol !== undefined) this.occurrences.push({ span: name.span, symbol, role: 'use' })
    }
  }

  #arguments(call: CallExpression, scope: Scope, places: Places | undefined, piped: boolean): void {
    const { name: of } = call.callee
    let position = piped ? 1 : 0
    for (const { name, value } of allArguments(call)) {
      const place = name === undefined ? places?.at(position++) : places?.named(name.name)
      if (name !== undefined && place !== undefined) {
        const { schema, input } = place
        const more = { ...(schema === undefined ? {} : { schema }), ...(input === undefined ? {} : { input }) }
        this.words.push({ sort: 'setting', name: name.name, span: name.span, of, ...more })
      }
      this.#expression(value, scope, place?.schema)
    }
  }
}
