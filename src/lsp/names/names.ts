/**
 * Finds what every name of a module refers to, from its syntax tree. The facts of the compiler lack branches that are not chosen, operations that
 * nothing calls, and parts of programs with errors; a test compares the rest.
 */

import type { Span } from '../../../grammar/span.ts'
import type {
  Declaration,
  ExportDeclaration,
  ForDeclaration,
  Parameter,
  Program,
  Statement,
  UseDeclaration,
} from '../../../grammar/syntax.ts'
import type { Catalogue } from '../../core/kind/kind.ts'
import { isCode } from '../../language/1-resolve/custom.ts'
import { schemaOf } from '../../language/parameter-types.ts'
import { placesOfKind } from './argument-places.ts'
import { declarationsIn } from './declared.ts'
import { ExpressionWalk } from './expressions.ts'
import { declarationOf, type Scope } from './scope.ts'
import type { ModuleNames, NameSymbol, SymbolSort } from './symbol.ts'

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

class Walk extends ExpressionWalk {
  readonly declared = new Map<string, NameSymbol>()
  readonly symbols: NameSymbol[] = []
  readonly #program: Program
  readonly #context: NameContext

  constructor(program: Program, context: NameContext) {
    super(context.catalogue)
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
        this.expression(declaration.value, scope)
        return
      case 'expect':
        this.expression(declaration.test, scope)
        return
      case 'export':
        this.expression(declaration.value, scope)
        this.expression(declaration.to, scope)
        this.#exportOptions(declaration, scope)
        return
      case 'filter': {
        const inside = this.#parameters(declaration.parameters, declaration.span, scope)
        for (const rule of declaration.rules) this.expression(rule, { ...inside, words: 'metrics' })
        return
      }
      case 'op':
      case 'function':
        this.expression(declaration.value, this.#parameters(declaration.parameters, declaration.span, scope))
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
          if (holds) this.expression(condition, scope)
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
      this.expression(value, scope, schema)
    }
  }

  #for({ clauses, body, span }: ForDeclaration, scope: Scope): void {
    const inside: Scope = { own: new Map(), outer: scope }
    for (const { names, values } of clauses) {
      this.expression(values, scope)
      for (const name of names) this.#bind(inside, name, 'variable', span)
    }
    for (const declaration of body) this.#declaration(declaration, inside)
  }

  #parameters(parameters: readonly Parameter[], reach: Span, outer: Scope | undefined): Scope {
    const scope: Scope = { own: new Map(), ...(outer === undefined ? { words: 'body' as const } : { outer }) }
    for (const parameter of parameters) {
      const { of, default: usual } = parameter
      if (usual !== undefined) this.expression(usual, scope, of && schemaOf(of))
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
        else this.expression(size, scope)
      }
    }
    return scope
  }

  #statement(statement: Statement, scope: Scope, reach: Span): void {
    switch (statement.type) {
      case 'assign': {
        this.expression(statement.value, scope)
        for (const name of statement.names) {
          const known = scope.own.get(name.name)
          if (known === undefined) this.#bind(scope, name, 'local', { ...reach, start: statement.span.start })
          else this.occurrences.push({ span: name.span, symbol: known, role: 'use' })
        }
        return
      }
      case 'repeat':
        this.expression(statement.count, scope)
        if (statement.index) this.#bind(scope, statement.index, 'variable', statement.span)
        for (const each of statement.body) this.#statement(each, scope, reach)
        return
      case 'result':
        this.expression(statement.value, scope)
        return
    }
  }
}
